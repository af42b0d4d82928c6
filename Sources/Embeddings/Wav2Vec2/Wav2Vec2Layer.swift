import LinearAlgebra

/// `encoder.layers.<i>`, without its adapter.
struct Wav2Vec2Layer: Sendable {
  let attention: Attention
  let layerNorm, finalLayerNorm: LayerNorm
  let intermediateDense, outputDense: Linear
  /// Whether the norms come before attention and feed-forward, or after.
  let isStable: Bool

  init(_ scope: Scope, _ config: Wav2Vec2Config) throws(CheckpointError) {
    let (width, hidden) = (config.width, config.hidden)
    attention = try Attention(
      scope["attention"], width: width, heads: config.heads, keyBias: true)
    layerNorm = try LayerNorm(scope["layer_norm"], width: width, epsilon: config.epsilon)
    let feedForward = scope["feed_forward"]
    intermediateDense = try Linear(feedForward["intermediate_dense"], from: width, to: hidden)
    outputDense = try Linear(feedForward["output_dense"], from: hidden, to: width)
    finalLayerNorm = try LayerNorm(
      scope["final_layer_norm"], width: width, epsilon: config.epsilon)
    isStable = config.isStable
  }

  /// What lies between the steps of a layer, kept from one layer to the next.
  struct Workspace {
    var attention: Attention.Workspace
    var normed, hidden: Matrix<Float>

    init(rows: Int, _ config: Wav2Vec2Config) {
      attention = Attention.Workspace(rows: rows, width: config.width)
      normed = Matrix(rows: rows, columns: config.width)
      hidden = Matrix(rows: rows, columns: config.hidden)
    }
  }

  /// `[T, width]`, in place.
  func callAsFunction(
    _ x: inout Matrix<Float>, adapter: Wav2Vec2AdapterLayer?, _ work: inout Workspace
  ) {
    if isStable {
      layerNorm(x, into: &work.normed)
      attention.add(work.normed, to: &x, workspace: &work.attention)
      finalLayerNorm(x, into: &work.normed)
      intermediateDense.gelu(work.normed, into: &work.hidden)
      outputDense.add(work.hidden, to: &x)
      adapter?.add(to: &x, normed: &work.normed)
    } else {
      let input = x
      attention.add(input, to: &x, workspace: &work.attention)
      layerNorm.normalise(&x)
      intermediateDense.gelu(x, into: &work.hidden)
      outputDense.add(work.hidden, to: &x)
      finalLayerNorm.normalise(&x)
    }
  }
}

/// `encoder.layers.<i>.adapter_layer`: what a language adds to a layer's output.
struct Wav2Vec2AdapterLayer: Sendable {
  let norm: LayerNorm
  let linear1, linear2: Linear

  /// - Parameter inner: the width between the two matrices.
  init(_ scope: Scope, width: Int, inner: Int) throws(CheckpointError) {
    norm = try LayerNorm(scope["norm"], width: width)
    linear1 = try Linear(scope["linear_1"], from: width, to: inner)
    linear2 = try Linear(scope["linear_2"], from: inner, to: width)
  }

  /// The adapters of all layers; nil if the network has none.
  /// - Parameter layers: the scope `encoder.layers`.
  static func all(
    _ layers: Scope, _ config: Wav2Vec2Config
  ) throws(CheckpointError) -> [Wav2Vec2AdapterLayer]? {
    guard config.hasAdapters, let inner = config.adapterWidth else { return nil }
    return try (0..<config.layers).map { i throws(CheckpointError) in
      try Wav2Vec2AdapterLayer(layers[i]["adapter_layer"], width: config.width, inner: inner)
    }
  }

  /// x `[T, width]`, in place; `normed` is of the same shape, its content is of no use after.
  func add(to x: inout Matrix<Float>, normed: inout Matrix<Float>) {
    norm(x, into: &normed)
    var inner = linear1(normed)
    inner.apply { $0 < 0 ? 0 : $0 }
    linear2.add(inner, to: &x)
  }

  /// Whether the numbers are the same.
  func equals(_ other: Wav2Vec2AdapterLayer) -> Bool {
    norm.gamma == other.norm.gamma && norm.beta == other.norm.beta
      && linear1.weight == other.linear1.weight && linear1.bias == other.linear1.bias
      && linear2.weight == other.linear2.weight && linear2.bias == other.linear2.bias
  }
}
