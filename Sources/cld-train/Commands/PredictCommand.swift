import ArgumentParser
import Cronos
import Embeddings
import Evaluation
import Foundation
import LinearAlgebra

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Language and text of audio files, one JSON line a file.",
    discussion: """
      The head chooses the language, the model writes the text in it. Without --head, or with \
      --head default, the model's own detector chooses; with --language nobody does. Each line has \
      path, language, logits (by language), margin (largest logit less the second), radius (no \
      smaller change of the embedding, in its Euclidean norm, can change the choice; only for a \
      convex head) and text (null where the model cannot write the language). A file that cannot be \
      read, or is too short for the model, gives a line with path and error, and the \
      exit status 65 at the end.
      """)

  @Option(help: "A head file of any kind, or `default` for the model's own detector.")
  var head = "default"

  @Option(help: "A Hugging Face folder with a speech model.")
  var model: String

  @Option(help: "A Hugging Face folder whose language detector takes the place of the model's own.")
  var detector: String?

  @Option(help: "The language to decode in, instead of detecting it.")
  var language: String?

  @Flag(inversion: .prefixedNo, help: "Write the text.")
  var transcribe = true

  @Argument(help: "Audio files: mp3, wav, flac, ogg, opus.")
  var audio: [String]

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let trained =
      head == "default" ? nil : try TrainedHead(path: head)
    let backbone = try Backbone.load(folder: model, options: .init(detector: detector))
    if let trained { try RunPipeline.requireMatch(trained, head, backbone.encoder) }
    if let language, let transcriber = backbone.transcriber, !transcriber.supports(language) {
      // Says, where it can, which file is missing.
      _ = try transcriber.transcriptionIdentity(language: language)
      throw CommandError(.badData, "\(model): cannot write the language '\(language)'")
    }
    var failures = 0
    func fail(_ path: String, _ reason: String) {
      failures += 1
      console.result(JSONValue.object(["path": .string(path), "error": .string(reason)]).compact)
    }
    for path in audio {
      guard !InterruptFlag.isRaised else { throw Interrupted(advice: "the other files are left") }
      do {
        let line = try predict(path, head: trained, backbone: backbone)
        console.result(line.compact)
      } catch let error as AudioError {
        fail(path, error.reason)
      } catch let error as ClipError {
        fail(path, error.description)
      }
    }
    if failures > 0 {
      throw CommandError(.badData, "\(failures) of \(audio.count) files could not be read")
    }
  }

  private func predict(_ path: String, head: TrainedHead?, backbone: Backbone) throws -> JSONValue {
    let waveform = try ClipReader.read(path)
    var line: [String: JSONValue] = ["path": .string(path)]
    var chosen = language
    if chosen == nil, let choice = try choose(waveform, head: head, backbone: backbone) {
      chosen = choice.languages[choice.best]
      line["logits"] = .object(
        Dictionary(
          uniqueKeysWithValues: zip(choice.languages, choice.logits.map { .number(Double($0)) })))
      line["margin"] = .number(Double(choice.margin))
      if let bounds = head?.lipschitzBounds {
        line["radius"] = .number(
          Certificate.radius(logits: choice.logits, of: choice.best, bounds: bounds))
      }
    }
    guard let chosen else {
      throw CommandError(
        .badData, "\(model): has no language detector; give --head, --detector or --language")
    }
    line["language"] = .string(chosen)
    if transcribe, let transcriber = backbone.transcriber {
      let text =
        transcriber.supports(chosen)
        ? try transcriber.transcribe(waveform, language: chosen) : nil
      line["text"] =
        text.map { .string($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? .null
    }
    return .object(line)
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

  private func choose(
    _ waveform: Waveform, head: TrainedHead?, backbone: Backbone
  ) throws -> Choice? {
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
