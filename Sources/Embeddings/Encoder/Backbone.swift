import Foundation

/// A speech model loaded from a Hugging Face folder, by the parts it can play.
public struct Backbone: Sendable {
  public let encoder: any SpeechEncoder
  /// Its own language detector; nil if it has none.
  public let detector: (any LanguageDetector)?
  /// nil if it writes no text.
  public let transcriber: (any Transcriber)?

  public init(
    encoder: any SpeechEncoder, detector: (any LanguageDetector)? = nil,
    transcriber: (any Transcriber)? = nil
  ) {
    (self.encoder, self.detector, self.transcriber) = (encoder, detector, transcriber)
  }

  /// Loads the model whose `config.json` says what kind it is.
  /// - Throws: `BackboneError`, `CheckpointError`, or what the kind of model throws.
  public static func load(folder: String, options: BackboneOptions = .init()) throws -> Backbone {
    let backbone = try loader(folder: folder).load(folder, options)
    guard let other = options.detector else { return backbone }
    let detector = try loader(folder: other, isDetector: true).loadDetector(other, options)
    return Backbone(
      encoder: backbone.encoder, detector: detector, transcriber: backbone.transcriber)
  }

  /// How one kind of model is loaded.
  struct Loader: Sendable {
    /// From a folder, as a whole.
    let load: @Sendable (String, BackboneOptions) throws -> Backbone
    /// From a folder, as another model's detector.
    let loadDetector: @Sendable (String, BackboneOptions) throws -> any LanguageDetector
  }

  /// By `model_type`.
  private static let loaders: [String: Loader] = ["whisper": .whisper, "wav2vec2": .wav2Vec2]

  private static func loader(folder: String, isDetector: Bool = false) throws -> Loader {
    let config = folder + "/config.json"
    guard FileManager.default.fileExists(atPath: config) else {
      throw BackboneError.missing(folder: folder, isDetector: isDetector)
    }
    let kind = try JSONFile.decode(ModelKind.self, from: config).name
    guard let loader = loaders[kind] else {
      throw BackboneError.unsupported(folder: folder, kind: kind, supported: loaders.keys.sorted())
    }
    return loader
  }
}

/// What a config may say about a backbone besides its folder.
public struct BackboneOptions: Sendable, Equatable {
  /// The languages of the run: text must be possible in each of them.
  public var languages: [String]
  /// How Whisper decodes.
  public var decoding: WhisperDecodingSettings
  /// MMS's adapter for a language, where it is not the usual one: `encoder.adapters`.
  public var adapters: [String: String]
  /// The folder of another model whose detector is taken for the backbone's own: `encoder.detector`.
  public var detector: String?
  /// The language that a detector's label stands for, where it is not the usual one:
  /// `encoder.detector_labels`.
  public var detectorLabels: [String: String]

  public init(
    languages: [String] = [], decoding: WhisperDecodingSettings = .init(),
    adapters: [String: String] = [:], detector: String? = nil,
    detectorLabels: [String: String] = [:]
  ) {
    (self.languages, self.decoding) = (languages, decoding)
    (self.adapters, self.detector, self.detectorLabels) = (adapters, detector, detectorLabels)
  }
}

/// The key of config.json that says what a folder holds.
private struct ModelKind: Decodable {
  let name: String

  private enum CodingKeys: String, CodingKey {
    case name = "model_type"
  }
}

/// Why a folder gives no speech model.
public enum BackboneError: Error, Equatable, CustomStringConvertible {
  /// No `config.json`: nothing is there, or something else.
  case missing(folder: String, isDetector: Bool)
  /// A kind of model that this program does not know.
  case unsupported(folder: String, kind: String, supported: [String])
  /// An option that this kind of model has no use for.
  case uselessOption(folder: String, kind: String, key: String)
  /// A folder that was named as a detector holds none.
  case noDetector(folder: String, reason: String)

  public var description: String {
    switch self {
    case .missing(let folder, let isDetector):
      "\(folder): no config.json there, so no \(isDetector ? "detector" : "speech model"); put a "
        + "Hugging Face folder at that path: " + BackboneSource(folder: folder).command()
    case .unsupported(let folder, let kind, let supported):
      "\(folder)/config.json: model_type is '\(kind)'; supported: "
        + supported.joined(separator: ", ")
    case .uselessOption(let folder, let kind, let key):
      "\(key): \(folder) is a \(kind) model, which has no use for it; leave it out"
    case .noDetector(let folder, let reason):
      "\(folder): is no language detector: \(reason); one is facebook/mms-lid-126"
    }
  }
}
