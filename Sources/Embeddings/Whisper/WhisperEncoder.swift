import LinearAlgebra

/// `model.encoder`: two convolutions, a position table, pre-norm layers.
struct WhisperEncoder: Sendable {
  let conv1, conv2: Convolution
  /// Sinusoids, `[sourcePositions, width]`.
  let embedPositions: Matrix<Float>
  let layers: [WhisperEncoderLayer]
  let layerNorm: LayerNorm

  init(_ scope: Scope, _ config: WhisperConfig) throws(CheckpointError) {
    let width = config.width
    conv1 = try Convolution(scope["conv1"], from: config.melBins, to: width, kernel: 3, stride: 1)
    conv2 = try Convolution(scope["conv2"], from: width, to: width, kernel: 3, stride: 2)
    embedPositions = try scope["embed_positions"].matrix(
      "weight", rows: config.sourcePositions, columns: width)
    var layers: [WhisperEncoderLayer] = []
    for i in 0..<config.encoderLayers {
      layers.append(
        try WhisperEncoderLayer(
          scope["layers"][i], width: width, heads: config.encoderHeads,
          hidden: config.encoderHidden))
    }
    self.layers = layers
    layerNorm = try LayerNorm(scope["layer_norm"], width: width)
  }

  /// Mel frames between one row of zeros on either side, `[2·T + 2, melBins]`, to hidden states
  /// `[T, width]`, 50 a second.
  func callAsFunction(_ features: Matrix<Float>) -> Matrix<Float> {
    var x = convolved(features)
    add(embedPositions, to: &x)
    var workspace = WhisperEncoderLayer.Workspace(rows: x.rows, layers.first)
    for layer in layers { layer(&x, &workspace) }
    return layerNorm(x)
  }

  /// The hidden states before the position table is added, `[T, width]`.
  func convolved(_ features: Matrix<Float>) -> Matrix<Float> {
    var x = conv1(features, margin: 1)
    gelu(&x)
    x = conv2(x)
    gelu(&x)
    return x
  }
}

/// `model.encoder.layers.<i>`.
struct WhisperEncoderLayer: Sendable {
  let selfAttn: Attention
  let selfAttnLayerNorm, finalLayerNorm: LayerNorm
  let fc1, fc2: Linear

  init(_ scope: Scope, width: Int, heads: Int, hidden: Int) throws(CheckpointError) {
    selfAttn = try Attention(scope["self_attn"], width: width, heads: heads, keyBias: false)
    selfAttnLayerNorm = try LayerNorm(scope["self_attn_layer_norm"], width: width)
    fc1 = try Linear(scope["fc1"], from: width, to: hidden)
    fc2 = try Linear(scope["fc2"], from: hidden, to: width)
    finalLayerNorm = try LayerNorm(scope["final_layer_norm"], width: width)
  }

  /// What lies between the steps of a layer, kept from one layer to the next.
  struct Workspace {
    var attention: Attention.Workspace
    var normed, hidden: Matrix<Float>

    init(rows: Int, _ layer: WhisperEncoderLayer?) {
      let (width, hidden) = (layer?.fc1.inputs ?? 0, layer?.fc1.outputs ?? 0)
      attention = Attention.Workspace(rows: rows, width: width)
      normed = Matrix(rows: rows, columns: width)
      self.hidden = Matrix(rows: rows, columns: hidden)
    }
  }

  /// `[T, width]`, in place.
  func callAsFunction(_ x: inout Matrix<Float>, _ work: inout Workspace) {
    selfAttnLayerNorm(x, into: &work.normed)
    selfAttn.add(work.normed, to: &x, workspace: &work.attention)
    finalLayerNorm(x, into: &work.normed)
    fc1.gelu(work.normed, into: &work.hidden)
    fc2.add(work.hidden, to: &x)
  }
}
