import LinearAlgebra

/// The network that all wav2vec 2.0 checkpoints share: convolutions over samples, a projection, a
/// convolution for positions, transformer layers.
///
/// Baevski et al., "wav2vec 2.0", arXiv:2006.11477; with language adapters in the layers: Pratap et
/// al., "Scaling speech technology to 1,000+ languages", arXiv:2305.13516.
struct Wav2Vec2Network: Sendable {
  let config: Wav2Vec2Config
  let featureExtractor: Wav2Vec2FeatureExtractor
  /// `feature_projection`.
  let projectionNorm: LayerNorm
  let projection: Linear
  let positions: PositionalConvolution
  let layers: [Wav2Vec2Layer]
  /// Before the layers or, where those normalise their input, after them.
  let layerNorm: LayerNorm
  /// The adapters among the network's own weights.
  let baseAdapter: [Wav2Vec2AdapterLayer]?

  init(_ scope: Scope, _ config: Wav2Vec2Config) throws(CheckpointError) {
    self.config = config
    featureExtractor = try Wav2Vec2FeatureExtractor(scope["feature_extractor"], config)
    let features = config.convolutionWidths.last ?? 0
    let projector = scope["feature_projection"]
    projectionNorm = try LayerNorm(
      projector["layer_norm"], width: features, epsilon: config.epsilon)
    projection = try Linear(projector["projection"], from: features, to: config.width)
    let encoder = scope["encoder"]
    positions = try PositionalConvolution(
      encoder["pos_conv_embed"], width: config.width, kernel: config.positionKernel,
      groups: config.positionGroups)
    layers = try (0..<config.layers).map { i throws(CheckpointError) in
      try Wav2Vec2Layer(encoder["layers"][i], config)
    }
    layerNorm = try LayerNorm(
      encoder["layer_norm"], width: config.width, epsilon: config.epsilon)
    baseAdapter = try Wav2Vec2AdapterLayer.all(encoder["layers"], config)
  }

  /// The layers' input `[T, width]`, which no adapter changes, from prepared samples.
  /// - Throws: `ClipError.tooShort`.
  func input(_ samples: [Float]) throws(ClipError) -> Matrix<Float> {
    guard samples.count >= config.receptiveField else {
      throw .tooShort(samples: samples.count, needed: config.receptiveField)
    }
    return Threads.withSerialBLAS {
      var features = featureExtractor(samples)
      projectionNorm.normalise(&features)
      var x = projection(features)
      positions.add(to: &x)
      if !config.isStable { layerNorm.normalise(&x) }
      return x
    }
  }

  /// The last hidden states `[T, width]`.
  func states(
    _ input: Matrix<Float>, adapter: [Wav2Vec2AdapterLayer]?
  ) -> Matrix<Float> {
    Threads.withSerialBLAS {
      var x = input
      var work = Wav2Vec2Layer.Workspace(rows: x.rows, config)
      for (i, layer) in layers.enumerated() { layer(&x, adapter: adapter?[i], &work) }
      if config.isStable { layerNorm.normalise(&x) }
      return x
    }
  }
}
