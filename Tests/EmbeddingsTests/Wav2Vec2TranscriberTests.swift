import Foundation
import LinearAlgebra
import TestFolders
import Testing

@testable import Embeddings

/// Against transformers 4.56.2; the tolerances are those of the fixture's README, which reports
/// float32 against float64 at 1.1e-5 for logits.
@Suite struct Wav2Vec2TranscriberTests {
  let fixture: Wav2Vec2Fixture
  var transcriber: Wav2Vec2Transcriber { fixture.transcriber }

  init() throws { fixture = try Wav2Vec2Fixture.shared.get() }

  @Test(arguments: 0..<2, Wav2Vec2Fixture.languages.sorted { $0.key < $1.key })
  func logitsAndTexts(_ clip: Int, _ pair: (key: String, value: String)) throws {
    let (adapter, language) = pair
    let expected = fixture.expected.clips[clip]
    let logits = try transcriber.logits(of: fixture.clips[clip], language: language)
    let wanted = try fixture.tensors.floats("clip\(clip).\(adapter).logits")
    #expect(logits.rows == expected.frames)
    #expect(largestDifference(logits.elements, wanted) <= 3e-4)
    let vocabulary = try transcriber.adapter(for: language).vocabulary
    #expect(logits.argmaxOfRows() == expected.ids[adapter])
    #expect(
      try transcriber.transcribe(fixture.clips[clip], language: language)
        == expected.texts[adapter])
    #expect(
      vocabulary.text(bestOf: logits, skipSpecialTokens: false)
        == expected.textsWithSpecial[adapter])
  }

  /// The English adapter is the one among the network's weights: its states are the embedding's.
  @Test func baseAdapterIsRecognised() throws {
    #expect(try transcriber.adapter(for: "en").layers == nil)
    #expect(try transcriber.adapter(for: "hi").layers?.count == 3)
  }

  /// Files are read once: after the first use they may be gone.
  @Test func adaptersAreReadOnce() throws {
    let folder = try Wav2Vec2Fixture.copy(of: Wav2Vec2Fixture.modelFolder)
    let model = try Wav2Vec2Model(folder: folder.path)
    let transcriber = try Wav2Vec2Transcriber(model: model, languages: ["hi", "zh"])
    for name in ["hin", "cmn-script_simplified"] {
      try FileManager.default.removeItem(atPath: "\(folder.path)/adapter.\(name).safetensors")
    }
    for language in ["zh", "hi", "zh"] {
      let name = try #require(MMSLanguages.adapters[language])
      #expect(
        try transcriber.transcribe(fixture.clips[0], language: language)
          == fixture.expected.clips[0].texts[name])
    }
  }

  @Test func supportedLanguages() {
    #expect(["en", "hi", "zh", "eng"].allSatisfy(transcriber.supports))
    #expect(!["id", "ms", "xx", "../model"].contains(where: transcriber.supports))
  }

  @Test func missingAdapter() throws {
    let file = Wav2Vec2Fixture.modelFolder + "/adapter.zlm.safetensors"
    let error = Wav2Vec2Error.noAdapter(
      language: "ms", file: file, available: ["cmn-script_simplified", "eng", "hin"])
    #expect(throws: error) { try transcriber.transcribe(fixture.clips[0], language: "ms") }
    // A run's languages are checked when it starts.
    #expect(throws: error) {
      try Wav2Vec2Transcriber(model: fixture.model, languages: ["en", "ms"])
    }
    #expect(error.description.contains("'ms'; adapters there: cmn-script_simplified, eng, hin"))
  }

  /// The config's table goes before the usual one.
  @Test func tableOfTheConfig() throws {
    let transcriber = try Wav2Vec2Transcriber(
      model: fixture.model, adapters: ["ms": "hin"], languages: ["ms"])
    #expect(
      try transcriber.transcribe(fixture.clips[0], language: "ms")
        == fixture.expected.clips[0].texts["hin"])
    #expect(throws: Wav2Vec2Error.self) {
      try Wav2Vec2Transcriber(model: fixture.model, adapters: ["ms": "may"])
    }
  }

  /// Texts of two adapters never share a place in a cache.
  @Test func identity() throws {
    let identities = try ["en", "hi", "zh"].map(transcriber.transcriptionIdentity)
    #expect(Set(identities).count == 3)
    #expect(identities.allSatisfy { $0.hasPrefix(fixture.model.identity.description) })
  }

  @Test func usualTables() {
    let wanted = [
      "en": "eng", "hi": "hin", "id": "ind", "ms": "zlm", "zh": "cmn-script_simplified",
    ]
    #expect(wanted.allSatisfy { MMSLanguages.adapters[$0] == $1 })
    for label in ["cmn", "yue", "nan", "wuu"] { #expect(MMSLanguages.labels[label] == "zh") }
    for label in ["zlm", "zsm", "msa"] { #expect(MMSLanguages.labels[label] == "ms") }
    #expect(MMSLanguages.labels["eng"] == "en" && MMSLanguages.labels["ind"] == "id")
  }
}
