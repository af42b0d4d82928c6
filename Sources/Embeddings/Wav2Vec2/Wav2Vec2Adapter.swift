/// A language's own weights: the adapters in the layers, and the matrix from states to its tokens.
struct Wav2Vec2Adapter: Sendable {
  /// nil where they are the base ones: the embedding's states serve for the text, too.
  let layers: [Wav2Vec2AdapterLayer]?
  /// `lm_head`.
  let head: Linear
  let vocabulary: CTCVocabulary
  /// SHA-256 of the file, in hexadecimal; empty for the network's own weights.
  let digest: String

  /// The weights among the network's own.
  init(base model: Wav2Vec2Model, vocabulary: CTCVocabulary) throws(CheckpointError) {
    layers = nil
    head = try Self.head(model.weights, width: model.width)
    try vocabulary.requireIDs(below: head.outputs, file: model.weights.path)
    (self.vocabulary, digest) = (vocabulary, "")
  }

  /// Reads `adapter.<name>.safetensors`.
  /// - Throws: `CheckpointError`: a tensor that is missing, left over, or misshapen.
  init(file path: String, model: Wav2Vec2Model, vocabulary: CTCVocabulary) throws {
    let weights = try Checkpoint(file: path)
    let scope = weights.scope(
      weights.contains("wav2vec2.encoder.layers.0.adapter_layer.norm.weight") ? "wav2vec2." : "")
    let read = try Wav2Vec2AdapterLayer.all(scope["encoder"]["layers"], model.config) ?? []
    head = try Self.head(weights, width: model.width)
    try weights.requireAllRead()
    try vocabulary.requireIDs(below: head.outputs, file: path)
    let isBase = zip(read, model.network.baseAdapter ?? []).allSatisfy { $0.equals($1) }
    layers = isBase ? nil : read
    digest = weights.digest()
    self.vocabulary = vocabulary
  }

  private static func head(_ weights: Checkpoint, width: Int) throws(CheckpointError) -> Linear {
    let scope = weights.scope("lm_head.")
    let outputs = try scope.shape(of: "weight", fitting: [-1, width])[0]
    return try Linear(scope, from: width, to: outputs)
  }
}
