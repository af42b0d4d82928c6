import Testing

@testable import Embeddings

@Suite struct Wav2Vec2DetectorTests {
  let fixture: Wav2Vec2Fixture
  var detector: Wav2Vec2Detector { fixture.detector }

  init() throws { fixture = try Wav2Vec2Fixture.shared.get() }

  /// Logits to 3e-4, as the fixture's README says: float32 against float64 is at 1.6e-6.
  @Test(arguments: 0..<2) func logits(_ clip: Int) throws {
    let logits = try detector.labelLogits(of: fixture.clips[clip])
    let alone = try fixture.tensors.floats("lid.clip\(clip).logits")
    #expect(largestDifference(logits, alone) <= 3e-4)
    let batch = try fixture.tensors.floats("lid.batch_masked.logits")
    #expect(largestDifference(logits, batch[(clip * 7)...].prefix(7)) <= 3e-4)
    let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
    #expect(detector.labels[best] == fixture.expected.lid.labels[clip])
  }

  /// Mandarin and Cantonese are one language, Tamil none of the table's here but one of MMS's.
  @Test func labelsAreFolded() throws {
    #expect(detector.labels == ["eng", "hin", "ind", "zlm", "cmn", "yue", "tam"])
    #expect(detector.languages == ["en", "hi", "id", "ms", "zh", "ta"])
    let labels = try detector.labelLogits(of: fixture.clips[0])
    let languages = try detector.languageLogits(of: fixture.clips[0])
    #expect(languages == Array(labels[..<4]) + [max(labels[4], labels[5]), labels[6]])
  }

  @Test func tableOfTheConfig() throws {
    let other = try Wav2Vec2Detector(
      folder: Wav2Vec2Fixture.detectorFolder, labels: ["yue": "yue", "tam": "zh"])
    #expect(other.languages == ["en", "hi", "id", "ms", "zh", "yue"])
    #expect(other.detectionIdentity != detector.detectionIdentity)
    let error = #expect(throws: CheckpointError.self) {
      try Wav2Vec2Detector(folder: Wav2Vec2Fixture.detectorFolder, labels: ["xyz": "zh"])
    }
    #expect(error?.description.contains("id2label is without 'xyz'") == true)
  }

  @Test func asPartOfABackbone() throws {
    let backbone = try Backbone.load(
      folder: Wav2Vec2Fixture.modelFolder,
      options: .init(languages: ["en", "zh"], detector: Wav2Vec2Fixture.detectorFolder))
    #expect(backbone.encoder.width == 64)
    #expect(backbone.detector?.languages.contains("zh") == true)
    #expect(backbone.transcriber?.supports("hi") == true)
    #expect(
      try Backbone.load(folder: Wav2Vec2Fixture.modelFolder).detector == nil)
    // The detector's network is an encoder, too, and writes nothing.
    let bare = try Backbone.load(folder: Wav2Vec2Fixture.detectorFolder)
    #expect(bare.transcriber == nil && bare.detector == nil && bare.encoder.width == 64)
  }

  /// Whisper detects for MMS just as well: nothing is particular to one backbone.
  @Test func anotherKindOfDetector() throws {
    let backbone = try Backbone.load(
      folder: Wav2Vec2Fixture.modelFolder, options: .init(detector: WhisperFixture.modelFolder))
    #expect(backbone.detector?.languages == ["en", "zh", "hi", "ms", "id"])
  }

  @Test func noDetector() {
    #expect(
      throws: BackboneError.noDetector(
        folder: Wav2Vec2Fixture.modelFolder, reason: "it has no classifier")
    ) {
      try Wav2Vec2Detector(folder: Wav2Vec2Fixture.modelFolder)
    }
    #expect(throws: BackboneError.missing(folder: "/no/mms-lid-126", isDetector: true)) {
      try Backbone.load(
        folder: Wav2Vec2Fixture.modelFolder, options: .init(detector: "/no/mms-lid-126"))
    }
    let text = BackboneError.missing(folder: "/no/mms-lid-126", isDetector: true).description
    #expect(text.contains("hf download facebook/mms-lid-126 --local-dir /no/mms-lid-126"))
  }
}
