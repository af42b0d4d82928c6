import LinearAlgebra

/// A wav2vec 2.0 network with a classifier of languages: mms-lid-126 and its kin.
///
/// Several labels may stand for one language of a run (Mandarin, Cantonese and others for "zh"); its
/// logit is the largest of theirs, so that the best language is that of the best label.
public final class Wav2Vec2Detector: Sendable {
  /// Where it was loaded from.
  public let folder: String
  /// The network's shape.
  public let config: Wav2Vec2Config
  /// From a clip's samples to the network's input.
  public let input: Wav2Vec2Input
  /// The classes, as the checkpoint calls them: ISO 639-3 codes.
  public let labels: [String]
  /// The languages that the labels stand for, each once; a label that stands for no language of the
  /// table keeps its own name.
  public let languages: [String]
  /// "wav2vec2-classifier", the digest of the weights, and that of the languages of the labels.
  public let detectionIdentity: String

  /// For each label, the index of its language.
  private let languageIndices: [Int]
  private let network: Wav2Vec2Network
  private let projector, classifier: Linear

  /// Loads a Hugging Face folder.
  /// - Parameters:
  ///   - folder: the model's.
  ///   - overrides: languages of labels that are not those of `MMSLanguages.labels`.
  /// - Throws: `BackboneError.noDetector`, `CheckpointError`.
  public init(folder: String, labels overrides: [String: String] = [:]) throws {
    self.folder = folder
    let configPath = folder + "/config.json"
    config = try Wav2Vec2Config(path: configPath)
    input = try Wav2Vec2Input(path: folder + "/preprocessor_config.json")
    let weights = try Checkpoint(folder: folder)
    guard weights.contains("classifier.weight") else {
      throw BackboneError.noDetector(folder: folder, reason: "it has no classifier")
    }
    let labels = try config.labels(path: configPath)
    let root = Wav2Vec2Model.root(of: weights)
    network = try Wav2Vec2Network(root, config)
    projector = try Linear(
      weights.scope("projector."), from: config.width, to: config.classifierWidth)
    classifier = try Linear(
      weights.scope("classifier."), from: config.classifierWidth, to: labels.count)
    // It stands for masked inputs in training.
    try weights.requireAllRead(except: [root.prefix + "masked_spec_embed"])

    if let unknown = overrides.keys.sorted().first(where: { !labels.contains($0) }) {
      throw CheckpointError.configuration(
        file: configPath, key: "id2label",
        reason: "is without '\(unknown)': needs every label that encoder.detector_labels names")
    }
    let folded = labels.map { overrides[$0] ?? MMSLanguages.labels[$0] ?? $0 }
    var languages: [String] = []
    languageIndices = folded.map { language in
      if let index = languages.firstIndex(of: language) { return index }
      languages.append(language)
      return languages.count - 1
    }
    (self.labels, self.languages) = (labels, languages)
    let table = SHA256Digest.hex(of: Array(folded.joined(separator: "\n").utf8))
    detectionIdentity = "wav2vec2-classifier/\(weights.digest())/\(table)"
  }

  /// One logit for each of `labels`.
  /// - Throws: `ClipError.tooShort`.
  public func labelLogits(of waveform: Waveform) throws(ClipError) -> [Float] {
    let input = try network.input(input(waveform.samples))
    let states = network.states(input, adapter: network.baseAdapter)
    // The projection of the mean is the mean of the projections.
    let mean = Matrix(rows: 1, columns: states.columns, Pooling.mean(frames: states))
    return classifier(projector(mean)).elements
  }
}

extension Wav2Vec2Detector: LanguageDetector {
  /// - Throws: `ClipError.tooShort`.
  public func languageLogits(of waveform: Waveform) throws -> [Float] {
    var logits = [Float](repeating: -.infinity, count: languages.count)
    for (logit, index) in zip(try labelLogits(of: waveform), languageIndices) {
      logits[index] = max(logits[index], logit)
    }
    return logits
  }
}
