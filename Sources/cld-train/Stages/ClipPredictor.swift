import Embeddings
import Evaluation
import Foundation
import LinearAlgebra

/// Says of one clip after the other which language it is in, and what it says.
struct ClipPredictor {
  let head: TrainedHead?
  let backbone: Backbone
  /// The backbone's folder, for messages.
  let model: String
  /// The language to decode in, instead of detecting it.
  let language: String?
  let transcribes: Bool
  /// The head's Lipschitz bounds: a pass over all its weights, so taken once for all clips.
  private let bounds: [Double]?

  init(
    head: TrainedHead?, backbone: Backbone, model: String, language: String?, transcribes: Bool
  ) {
    (self.head, self.backbone, self.model) = (head, backbone, model)
    (self.language, self.transcribes) = (language, transcribes)
    bounds = head?.lipschitzBounds
  }

  /// What is known of a clip: `language`, `logits`, `margin`, `radius`, `text`.
  /// - Throws: `ClipError`, `CommandError`, or what the model throws.
  func answer(_ waveform: Waveform) throws -> [String: JSONValue] {
    var line: [String: JSONValue] = [:]
    var chosen = language
    if chosen == nil, let choice = try choose(waveform) {
      chosen = choice.languages[choice.best]
      line["logits"] = .object(
        Dictionary(
          uniqueKeysWithValues: zip(choice.languages, choice.logits.map { .number(Double($0)) })))
      line["margin"] = .number(Double(choice.margin))
      if let bounds {
        line["radius"] = .number(
          Certificate.radius(logits: choice.logits, of: choice.best, bounds: bounds))
      }
    }
    guard let chosen else {
      throw CommandError(
        .badData, "\(model): has no language detector; give --head, --detector or --language")
    }
    line["language"] = .string(chosen)
    if transcribes, let transcriber = backbone.transcriber {
      let text =
        transcriber.supports(chosen)
        ? try transcriber.transcribe(waveform, language: chosen) : nil
      line["text"] =
        text.map { .string($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? .null
    }
    return line
  }

  private struct Choice {
    let languages: [String]
    let logits: [Float]

    var best: Int { logits.indices.max { logits[$0] < logits[$1] } ?? 0 }
    var margin: Float {
      let sorted = logits.sorted(by: >)
      return sorted.count > 1 ? sorted[0] - sorted[1] : .infinity
    }
  }

  private func choose(_ waveform: Waveform) throws -> Choice? {
    if let head {
      let pooled = Pooling.mean(frames: try backbone.encoder.frames(of: waveform))
      let logits = head.head.logits(Matrix(rows: 1, columns: pooled.count, pooled))
      return Choice(languages: head.head.languages, logits: logits.elements)
    }
    guard let detector = backbone.detector else { return nil }
    return Choice(
      languages: detector.languages, logits: try detector.languageLogits(of: waveform))
  }
}
