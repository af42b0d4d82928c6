import Foundation
import TestFolders
import Testing

@testable import Embeddings

/// Clips as corpora really have them, one of each kind, in one run: what can be used is, and of the
/// rest it is said why.
@Suite struct FaultyClipTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func oneOfEachKind() async throws {
    let mp3 = try Data(
      contentsOf: URL(
        fileURLWithPath: CommonVoiceFixture.clip("ms", "common_voice_ms_30802630.mp3")))
    func tone(_ rate: Int, channels: Int = 1, seconds: Double = 0.5) -> [UInt8] {
      let samples = WaveFile.tone(300, seconds: seconds, rate: rate)
      return WaveFile.bytes(Array(repeating: samples, count: channels), rate: rate)
    }
    var broken = WaveFile.tone(300, seconds: 0.5, rate: 16_000)
    broken[1234] = .nan
    let files: [(name: String, bytes: [UInt8], reason: String?)] = [
      ("empty.wav", [], "file of zero bytes"),
      ("headless.wav", Array(tone(16_000).prefix(44)), "there are 0"),
      ("truncated.wav", Array(tone(16_000).prefix(9000)), "truncated"),
      ("truncated.mp3", Array(mp3.prefix(mp3.count / 2)), "truncated"),
      ("text.mp3", Array("This is no sound, whatever its name says.".utf8), "no audio"),
      ("text.wav", Array("Nor is this.".utf8), "no audio"),
      ("one.wav", WaveFile.bytes([[0.5]], rate: 16_000), "too short: 1 samples"),
      ("nan.wav", WaveFile.bytes([broken], rate: 16_000), "sample 1234 is not a finite number"),
      ("eight.wav", tone(16_000, channels: 8), nil),
      ("4k.wav", tone(4_000), nil),
      ("192k.wav", tone(192_000), nil),
      ("silent.wav", WaveFile.bytes([[Float](repeating: 0, count: 8000)], rate: 16_000), nil),
      ("whole.mp3", Array(mp3), nil),
    ]
    let clips = try files.map { file in
      Clip(
        path: try folder.write(file.name, file.bytes), text: "", language: "en", split: .train)
    }
    let cache = try EmbeddingCache(path: folder.path + "/cache.sqlite")
    // All that is done to samples must bear them, too.
    let preprocessing = Preprocessing(
      level: .upstream, denoising: .stationary,
      augmentation: Augmentation(
        stretch: .init(probability: 1, range: 1.05...1.05),
        noise: .init(probability: 1, range: 0.01...0.01)))
    for treatment in [Preprocessing(), preprocessing] {
      let set = try await EmbeddingPipeline(
        encoder: FakeEncoder(), cache: cache, preprocessing: treatment, maxSeconds: 30
      ).run(clips)
      #expect(set.clips == zip(clips, files).filter { $0.1.reason == nil }.map(\.0))
      let reasons = Dictionary(uniqueKeysWithValues: set.skipped.map { ($0.path, $0.reason) })
      for (clip, file) in zip(clips, files) {
        guard let reason = file.reason else { continue }
        #expect(reasons[clip.path]?.contains(reason) == true, "\(file.name): \(reasons)")
      }
      #expect((0..<set.vectors.rows).allSatisfy { set.vectors.row($0).allSatisfy(\.isFinite) })
    }
  }
}
