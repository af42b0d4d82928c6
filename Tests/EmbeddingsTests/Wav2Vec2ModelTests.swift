import LinearAlgebra
import Testing

@testable import Embeddings

/// Against transformers 4.56.2; the tolerances are those of the fixture's README, which reports
/// float32 against float64 at 6.4e-6 for encoder states.
@Suite struct Wav2Vec2ModelTests {
  let fixture: Wav2Vec2Fixture
  var model: Wav2Vec2Model { fixture.model }

  init() throws { fixture = try Wav2Vec2Fixture.shared.get() }

  @Test(arguments: 0..<2) func input(_ clip: Int) throws {
    let values = model.input(fixture.clips[clip].samples)
    let difference = largestDifference(
      values, try fixture.tensors.floats("clip\(clip).input_values"))
    #expect(difference <= 1e-5)
  }

  @Test(arguments: 0..<2) func convolutions(_ clip: Int) throws {
    let features = Threads.withSerialBLAS {
      model.network.featureExtractor(model.input(fixture.clips[clip].samples))
    }
    let frames = fixture.expected.clips[clip].frames
    #expect(features.shape == [frames, 32])
    let difference = largestDifference(
      features.transposed.elements, try fixture.tensors.floats("clip\(clip).conv_features"))
    #expect(difference <= 1e-4)
  }

  @Test(arguments: 0..<2) func encoderStates(_ clip: Int) throws {
    let frames = try model.frames(of: fixture.clips[clip])
    #expect(frames.shape == [fixture.expected.clips[clip].frames, 64] && model.width == 64)
    let difference = largestDifference(
      frames.elements, try fixture.tensors.floats("clip\(clip).encoder"))
    #expect(difference <= 1e-4)
    let mean = largestDifference(
      Pooling.mean(frames: frames), try fixture.tensors.floats("clip\(clip).encoder_mean"))
    #expect(mean <= 2e-5)
  }

  /// A clip by itself has the embedding that it has in a padded batch with an attention mask.
  @Test func paddedBatch() throws {
    let lengths = try fixture.tensors.int32s("batch.frame_lengths").map(Int.init)
    let states = try fixture.tensors.floats("batch.encoder")
    let means = try fixture.tensors.floats("batch.masked_mean")
    let longest = states.count / (2 * 64)
    for clip in 0..<2 {
      let frames = try model.frames(of: fixture.clips[clip])
      #expect(frames.rows == lengths[clip])
      let own = states[(clip * longest * 64)...].prefix(lengths[clip] * 64)
      #expect(largestDifference(frames.elements, own) <= 1e-4)
      let mean = Pooling.mean(frames: frames)
      #expect(largestDifference(mean, means[(clip * 64)...].prefix(64)) <= 2e-5)
    }
  }

  /// What the adapters of another language do to the states is not in the embedding, whatever is
  /// asked in between.
  @Test func embeddingKeepsBaseAdapter() throws {
    let model = try Wav2Vec2Model(folder: Wav2Vec2Fixture.modelFolder)
    let transcriber = try Wav2Vec2Transcriber(model: model)
    let before = try model.frames(of: fixture.clips[0])
    _ = try transcriber.transcribe(fixture.clips[0], language: "hi")
    _ = try transcriber.transcribe(fixture.clips[1], language: "zh")
    #expect(try model.frames(of: fixture.clips[0]) == before)
    let hindi = try fixture.tensors.floats("clip0.hin.encoder_mean")
    // The fixture's own two are 1.5 apart.
    #expect(largestDifference(Pooling.mean(frames: before), hindi) > 1e-2)
    let adapter = try #require(try transcriber.adapter(for: "hi").layers)
    let mean = Pooling.mean(frames: try model.frames(of: fixture.clips[0], adapter: adapter))
    #expect(largestDifference(mean, hindi) <= 2e-5)
  }

  @Test func identity() throws {
    #expect(model.identity.family == "wav2vec2,base-adapter" && model.identity.pooling == "mean")
    #expect(
      try model.identity.weightsDigest
        == SHA256Digest.hex(ofFile: Wav2Vec2Fixture.modelFolder + "/model.safetensors"))
  }

  @Test func receptiveField() throws {
    #expect(model.config.receptiveField == 400)
    #expect(try model.frames(of: Waveform(samples: .init(repeating: 0.1, count: 400))).rows == 1)
  }

  /// Clips of all lengths from one frame on: the blocks of the positional convolution have ends.
  @Test func shortClipsAreFinite() throws {
    for samples in stride(from: 400, through: 400 + 40 * 320, by: 320) {
      let clip = Waveform(samples: Array(fixture.clips[1].samples[8000...].prefix(samples)))
      let frames = try model.frames(of: clip)
      #expect(frames.rows == (samples - 400) / 320 + 1)
      #expect(areFinite(frames.elements))
    }
  }
}
