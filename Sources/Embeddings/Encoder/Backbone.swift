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
  /// - Throws: `BackboneError`, `CheckpointError`, `WhisperError`.
  public static func load(folder: String, decoding: WhisperDecodingSettings = .init()) throws
    -> Backbone
  {
    let config = folder + "/config.json"
    guard FileManager.default.fileExists(atPath: config) else {
      throw BackboneError.missing(folder: folder)
    }
    let kind = try JSONFile.decode(ModelKind.self, from: config).name
    switch kind {
    case "whisper":
      let model = try WhisperModel(folder: folder, decoding: decoding)
      let detector: (any LanguageDetector)? = model.languages.isEmpty ? nil : model
      return Backbone(encoder: model, detector: detector, transcriber: model)
    default:
      throw BackboneError.unsupported(folder: folder, kind: kind, supported: ["whisper"])
    }
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
  case missing(folder: String)
  case unsupported(folder: String, kind: String, supported: [String])

  public var description: String {
    switch self {
    case .missing(let folder):
      "\(folder): no config.json there, so no speech model; put a Hugging Face folder at that path, "
        + "for example: hf download openai/whisper-base --local-dir \(folder)"
    case .unsupported(let folder, let kind, let supported):
      "\(folder)/config.json: model_type is '\(kind)'; supported: "
        + supported.joined(separator: ", ")
    }
  }
}
