import Foundation
import LinearAlgebra
import Synchronization
import TestFolders
import Testing

@testable import Embeddings

/// An encoder whose frames are simple functions of the samples: blocks of 400 of them, their mean,
/// their energy, and a product that is counted. Preparing costs a product of `preparation` operations.
final class FakeEncoder: SpeechEncoder {
  let identity: EncoderIdentity
  let width = 3
  let calls = Atomic<Int>(0)
  let prepared = Atomic<Int>(0)
  static let preparation = 2 * 3 * 4 * 5

  struct Refusal: Error, CustomStringConvertible {
    let description = "this encoder refuses"
  }

  init(_ digest: String = "fake") {
    identity = EncoderIdentity(family: "fake", weightsDigest: digest, pooling: "mean")
  }

  func prepare(_ waveform: Waveform) -> PreparedClip {
    prepared.add(1, ordering: .relaxed)
    let features = multiply(Matrix<Float>(rows: 3, columns: 4), Matrix(rows: 4, columns: 5))
    return PreparedClip(waveform: waveform, features: features)
  }

  func frames(of clip: PreparedClip) throws -> Matrix<Float> {
    #expect(clip.features?.shape == [3, 5])
    return try frames(of: clip.waveform)
  }

  func frames(of waveform: Waveform) throws -> Matrix<Float> {
    calls.add(1, ordering: .relaxed)
    switch waveform.samples[0] {
    case 0.75: throw Refusal()
    case 0.5: return Matrix(rows: 0, columns: width)
    case 0.25: return Matrix(rows: 1, columns: width, [1, .nan, 0])
    default: break
    }
    let count = waveform.samples.count / 400
    let blocks = Matrix(rows: count, columns: 400, Array(waveform.samples.prefix(count * 400)))
    let mean = multiply(blocks, Matrix(rows: 400, columns: 1, repeating: 1 / 400))
    return Matrix(rows: count, columns: width) { row, column in
      switch column {
      case 0: mean[row, 0]
      case 1: blocks.row(row).reduce(0) { $0 + $1 * $1 }
      default: Float(row)
      }
    }
  }
}

@Suite struct PipelineTests {
  let folder: TemporaryFolder
  let cache: EmbeddingCache

  init() throws {
    folder = try TemporaryFolder()
    cache = try EmbeddingCache(path: folder.path + "/cache.sqlite")
  }

  /// Clip i: a tone of its own length, at 16 kHz.
  func clip(_ i: Int) throws -> Clip {
    let samples = WaveFile.tone(200, seconds: 0.1 + 0.01 * Double(i), rate: 16_000)
    return try clip("tone\(i)", samples)
  }

  func clip(_ name: String, _ samples: [Float]) throws -> Clip {
    let path = try folder.write("\(name).wav", WaveFile.bytes([samples], rate: 16_000))
    return Clip(path: path, text: name, language: "en", split: .train)
  }

  func clips(_ count: Int) throws -> [Clip] { try (0..<count).map { try clip($0) } }

  func vector(_ clip: Clip) throws -> [Float] {
    Pooling.mean(frames: try FakeEncoder().frames(of: AudioFile.decode(clip.path)))
  }

  @Test func rowsAreTheClipsEmbeddingsInTheirOrder() async throws {
    let encoder = FakeEncoder()
    let clips = try clips(20)
    let set = try await EmbeddingPipeline(encoder: encoder, cache: cache).run(clips)
    #expect(set.clips == clips)
    #expect(set.vectors.shape == [20, 3])
    for (i, clip) in clips.enumerated() { #expect(set.vectors.row(i) == (try vector(clip))) }
    #expect(set.digests == (try clips.map { try SHA256Digest.hex(ofFile: $0.path) }))
    #expect(set.cachedCount == 0)
    #expect(set.skipped.isEmpty)
    #expect(set.seconds == set.computedSeconds && set.seconds > 0)
    #expect(set.rows(of: .train) == Array(0..<20) && set.rows(of: .test).isEmpty)
  }

  /// Each clip counts its own operations, though others are prepared while it is encoded.
  @Test(arguments: [1, 3, 40]) func operationsOfEachClip(readAhead: Int) async throws {
    let encoder = FakeEncoder()
    let clips = try clips(30)
    let set = try await EmbeddingPipeline(encoder: encoder, cache: cache, readAhead: readAhead)
      .run(clips)
    #expect(encoder.prepared.load(ordering: .relaxed) == 30)
    for (i, digest) in set.digests.enumerated() {
      let key = CacheKey(
        clip: digest, preprocessing: Preprocessing().identity,
        producer: encoder.identity.description)
      let blocks = try AudioFile.decode(clips[i].path).samples.count / 400
      #expect(try cache.embedding(for: key)?.flops == FakeEncoder.preparation + 2 * blocks * 400)
    }
  }

  /// A second run decodes nothing, encodes nothing, and gives the same, its costs included.
  @Test func secondRunIsCached() async throws {
    let clips = try clips(10)
    let first = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache).run(clips)
    let encoder = FakeEncoder()
    let second = try await EmbeddingPipeline(encoder: encoder, cache: cache).run(clips)
    #expect(encoder.calls.load(ordering: .relaxed) == 0)
    #expect(second.cachedCount == 10)
    #expect(second.vectors == first.vectors)
    #expect(second.flops == first.flops)
    #expect(second.seconds == first.seconds)
    #expect(second.computedSeconds == 0)

    // Content is the key: a clip under another name is the same clip.
    try FileManager.default.moveItem(atPath: clips[3].path, toPath: folder.path + "/moved.wav")
    var moved = clips[3]
    moved.path = folder.path + "/moved.wav"
    let third = try await EmbeddingPipeline(encoder: encoder, cache: cache).run([moved])
    #expect(third.cachedCount == 1)

    // Another encoder, or other preprocessing, is another value.
    let other = FakeEncoder("other")
    #expect(
      try await EmbeddingPipeline(encoder: other, cache: cache).run([moved]).cachedCount == 0)
    let louder = EmbeddingPipeline(
      encoder: encoder, cache: cache, preprocessing: Preprocessing(level: .upstream))
    #expect(try await louder.run([moved]).cachedCount == 0)
    #expect(encoder.calls.load(ordering: .relaxed) == 1)
  }

  @Test func badClipsAreSkippedWithTheirReasons() async throws {
    let good = try clips(3)
    func first(_ value: Float) -> [Float] { [value] + [Float](repeating: 0.1, count: 999) }
    let text = Clip(
      path: try folder.write("text.mp3", "no sound".utf8), text: "", language: "hi", split: .train)
    let missing = Clip(path: folder.path + "/none.mp3", text: "", language: "hi", split: .train)
    let long = try clip("long", [Float](repeating: 0.1, count: 16_001))
    let all = [
      missing, good[0], try clip("refused", first(0.75)), try clip("none", first(0.5)), good[1],
      try clip("nan", first(0.25)), text, long, good[2],
    ]
    let set = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache, maxSeconds: 1)
      .run(all)
    #expect(set.clips == good)
    #expect(set.vectors.shape == [3, 3])
    for (i, clip) in good.enumerated() { #expect(set.vectors.row(i) == (try vector(clip))) }
    #expect(
      set.skipped.map(\.reason) == [
        "cannot be read: No such file or directory",
        "cannot be encoded: this encoder refuses",
        "the encoder gives no frame",
        "the embedding has components that are not finite numbers",
        "no audio can be decoded: it has no frame of MPEG audio",
        "too long: 1.0 s, at most 1.0 s are used",
      ])
    #expect(
      set.skipped[0]
        == SkippedClip(
          path: missing.path, language: "hi", reason: "cannot be read: No such file or directory"))

    let error = await #expect(throws: PipelineError.self) {
      try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache).run([missing, text])
    }
    #expect(error?.description.contains("none of 2 clips could be encoded") == true)
  }

  /// Stopped after a few clips; what was encoded is there for the next run, which does the rest.
  @Test(arguments: [1, 4, 50]) func cancelledRunGoesOn(readAhead: Int) async throws {
    let clips = try clips(12)
    let encoder = FakeEncoder()
    let pipeline = EmbeddingPipeline(encoder: encoder, cache: cache, readAhead: readAhead)
    let error = await #expect(throws: PipelineError.self) {
      try await pipeline.run(clips, isCancelled: { encoder.calls.load(ordering: .relaxed) >= 5 })
    }
    #expect(error == .cancelled(done: 5, total: 12))
    #expect(encoder.calls.load(ordering: .relaxed) == 5)
    let rest = FakeEncoder()
    let set = try await EmbeddingPipeline(encoder: rest, cache: cache, readAhead: readAhead)
      .run(clips)
    #expect(set.cachedCount == 5)
    #expect(rest.calls.load(ordering: .relaxed) == 7)
    let fresh = try EmbeddingCache(path: folder.path + "/fresh.sqlite")
    let whole = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: fresh).run(clips)
    #expect(set.vectors == whole.vectors)
  }

  @Test func cancelledTaskStops() async throws {
    let clips = try clips(3)
    let encoder = FakeEncoder()
    let pipeline = EmbeddingPipeline(encoder: encoder, cache: cache)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await pipeline.run(clips)
    }
    task.cancel()
    await #expect(throws: PipelineError.cancelled(done: 0, total: 3)) { try await task.value }
    #expect(encoder.calls.load(ordering: .relaxed) == 0)
  }

  @Test func progressCountsUpToAll() async throws {
    let clips = try clips(6)
    _ = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache).run(Array(clips[..<2]))
    let reports = Mutex<[EmbeddingProgress]>([])
    _ = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache).run(
      clips, progress: { report in reports.withLock { $0.append(report) } })
    let seen = reports.withLock { $0 }
    #expect(seen.map(\.done) == [2, 3, 4, 5, 6])
    let last = try #require(seen.last)
    #expect((last.cached, last.computed, last.skipped, last.total) == (2, 4, 0, 6))
    // Clips 2 to 5: 0.12 to 0.15 s; sums of four doubles below 1, each rounded by 1e-16.
    #expect(abs(last.audioSeconds - 0.54) < 1e-14)
    #expect(last.remainingSeconds == 0)
    #expect(seen[0].remainingSeconds == nil)
  }

  @Test func damagedRowIsComputedAgain() async throws {
    let clips = try clips(3)
    let first = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache).run(clips)
    // A vector of another length, as an older encoder of the same name might have left it.
    let key = CacheKey(
      clip: first.digests[1], preprocessing: Preprocessing().identity,
      producer: FakeEncoder().identity.description)
    try cache.store(CachedEmbedding(vector: [1], flops: 0, seconds: 0), for: key)
    let encoder = FakeEncoder()
    let second = try await EmbeddingPipeline(encoder: encoder, cache: cache).run(clips)
    #expect(encoder.calls.load(ordering: .relaxed) == 1)
    #expect(second.vectors == first.vectors)
    #expect(try cache.embedding(for: key)?.vector == first.vectors.row(1))
  }

  @Test func noClips() async throws {
    let set = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache).run([])
    #expect(set.vectors.shape == [0, 3])
  }

  /// The whole way on the fixture: 23 rows, of which 20 can be used.
  @Test func fixtureFromTableToMatrix() async throws {
    let selection = try Corpus.select(CommonVoiceFixture.config(samples: 5))
    let set = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache, maxSeconds: 30)
      .run(selection.clips)
    #expect(set.vectors.rows == 20)
    #expect(set.skipped.count == 1)
    #expect(set.skipped[0].path.hasSuffix("/hi/clips/common_voice_hi_18194974.mp3"))
    #expect(set.flops > 0)
  }
}
