import Foundation
import LinearAlgebra
import Synchronization

/// Writes what a wav2vec 2.0 network hears: greedy CTC, for MMS with the adapter of the language.
///
/// An adapter's file is read when it is first needed and kept; changing languages reads nothing.
public final class Wav2Vec2Transcriber: Sendable {
  /// The network that the adapters go into.
  public let model: Wav2Vec2Model
  /// The adapter of each language in the table, named as in its file: `adapter.<name>.safetensors`.
  public let adapters: [String: String]

  private let vocabularies: CTCVocabularyFile
  private let base: Wav2Vec2Adapter
  private let known = Mutex<[String: Wav2Vec2Adapter]>([:])

  /// Reads `vocab.json` and `tokenizer_config.json` of the model's folder, and the adapters of
  /// `languages`, so that a run that lacks one ends before it begins.
  /// - Parameters:
  ///   - model: the network that the adapters go into.
  ///   - adapters: languages whose adapter is not that of `MMSLanguages.adapters`.
  ///   - languages: must all be writable.
  /// - Throws: `Wav2Vec2Error.noAdapter`, `CheckpointError`.
  public init(
    model: Wav2Vec2Model, adapters: [String: String] = [:], languages: [String] = []
  ) throws {
    self.model = model
    self.adapters = MMSLanguages.adapters.merging(adapters) { $1 }
    let vocabularies = try CTCVocabularyFile(folder: model.folder)
    self.vocabularies = vocabularies
    base = try Wav2Vec2Adapter(base: model, vocabulary: vocabularies.base())
    guard model.config.hasAdapters else {
      guard adapters.isEmpty else {
        throw BackboneError.uselessOption(
          folder: model.folder, kind: "wav2vec2 without adapters", key: "encoder.adapters")
      }
      return
    }
    let asked = Set(languages).union(adapters.keys)
    for language in asked.sorted() { _ = try adapter(for: language) }
  }

  /// The name of a language's adapter: from the table, or else the language's own code, which is how
  /// MMS's detectors call a language outside of it.
  func adapterName(_ language: String) -> String { adapters[language] ?? language }

  private func path(_ name: String) -> String { "\(model.folder)/adapter.\(name).safetensors" }

  /// The adapters in the model's folder, sorted.
  var availableAdapters: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: model.folder)) ?? []
    return files.filter { $0.hasPrefix("adapter.") && $0.hasSuffix(".safetensors") }
      .map { String($0.dropFirst("adapter.".count).dropLast(".safetensors".count)) }.sorted()
  }

  /// A language's weights, read or remembered; without adapters always the network's own.
  func adapter(for language: String) throws -> Wav2Vec2Adapter {
    guard model.config.hasAdapters else { return base }
    let name = adapterName(language)
    return try known.withLock { known in
      if let adapter = known[name] { return adapter }
      let path = path(name)
      guard supports(language) else {
        throw Wav2Vec2Error.noAdapter(
          language: language, file: path, available: availableAdapters)
      }
      let adapter = try Wav2Vec2Adapter(
        file: path, model: model, vocabulary: vocabularies.vocabulary(of: name))
      known[name] = adapter
      return adapter
    }
  }

  /// The logits of a language's tokens, `[T, tokens]`.
  /// - Throws: `Wav2Vec2Error.noAdapter`, `ClipError`, or what is wrong with the adapter's file.
  public func logits(of waveform: Waveform, language: String) throws -> Matrix<Float> {
    try logits(of: waveform, adapter(for: language))
  }

  private func logits(of waveform: Waveform, _ adapter: Wav2Vec2Adapter) throws -> Matrix<Float> {
    let frames =
      try adapter.layers.map { try model.frames(of: waveform, adapter: $0) }
      ?? model.frames(of: waveform)
    return Threads.withSerialBLAS { adapter.head(frames) }
  }
}

extension Wav2Vec2Transcriber: Transcriber {
  /// The encoder's identity, and the digests of the language's adapter and vocabulary.
  /// - Throws: `Wav2Vec2Error.noAdapter`, or what is wrong with the adapter's file.
  public func transcriptionIdentity(language: String) throws -> String {
    let adapter = try adapter(for: language)
    let name = adapter.digest.isEmpty ? "base" : adapter.digest
    return "\(model.identity.description)/ctc-greedy/\(name)/\(adapter.vocabulary.digest)"
  }

  /// Whether the language's adapter is there; a checkpoint without adapters has one alphabet for all.
  public func supports(_ language: String) -> Bool {
    let name = adapterName(language)
    guard model.config.hasAdapters else { return true }
    return !name.contains("/") && FileManager.default.fileExists(atPath: path(name))
  }

  /// - Throws: `Wav2Vec2Error.noAdapter`, `ClipError`, or what is wrong with the adapter's file.
  public func transcribe(_ waveform: Waveform, language: String) throws -> String {
    let adapter = try adapter(for: language)
    let logits = try logits(of: waveform, adapter)
    return adapter.vocabulary.text(bestOf: logits)
  }
}
