import Foundation
import LinearAlgebra
import TensorFiles
import Testing

@testable import Embeddings

/// The layouts of published checkpoints: `Tests/Fixtures/wav2vec2-layouts`, made with transformers.
@Suite struct Wav2Vec2LayoutTests {
  let tensors: SafetensorsFile
  let clip: Waveform

  init() throws {
    tensors = try SafetensorsFile(path: Wav2Vec2Fixture.layouts + "/expected.safetensors")
    clip = Waveform(samples: try tensors.floats("samples"))
  }

  /// Group and layer norm, norms before and after, with and without convolution biases, an odd and an
  /// even positional kernel; float32, bfloat16 in shards, float16; three ways to name the positional
  /// weight and two to begin names.
  ///
  /// The weights' standard deviation is 0.3, so that states are not small; two float32 computations of
  /// 24 components and 2 layers agree to about 1e-5, what is forgotten shows in the first digit.
  @Test(arguments: ["group", "pretraining", "bare"]) func states(_ name: String) throws {
    let model = try Wav2Vec2Model(folder: Wav2Vec2Fixture.layouts + "/" + name)
    let frames = try model.frames(of: clip)
    #expect(frames.shape == [19, 24])
    let expected = try tensors.floats("\(name).states")
    #expect(largestDifference(frames.elements, expected) <= 1e-4)
    #expect((expected.map(abs).max() ?? 0) > 0.5)
  }

  /// Features are computed in tiles of frames: of clips that end before, in and after the second and the
  /// fourth tile they are those that the layers give of the whole clip.
  @Test(
    arguments: ["group", "pretraining", "bare"], [31, 32, 33, 63, 64, 65, 100])
  func tilesOfFrames(_ name: String, _ frames: Int) throws {
    let model = try Wav2Vec2Model(folder: Wav2Vec2Fixture.layouts + "/" + name)
    // 319 samples more than the frames need: one less than another frame.
    let count = model.config.receptiveField + (frames - 1) * 320 + 319
    let samples = (0..<count).map { clip.samples[($0 * 7) % clip.samples.count] }
    let (whole, tiles) = Threads.withSerialBLAS {
      let extractor = model.network.featureExtractor
      return (
        extractor.layers.reduce(Matrix(rows: count, columns: 1, samples)) { $1($0) },
        extractor(samples)
      )
    }
    #expect(tiles.shape == whole.shape && tiles.rows == frames)
    // The same sums, of at most 36 products of numbers about 1, in another order.
    #expect(largestDifference(tiles.elements, whole.elements) <= 1e-5)
  }

  /// One alphabet, capitals that are written small, for whatever language.
  @Test func flatVocabulary() throws {
    struct Expected: Decodable {
      let group: String
      let groupIDs: [Int]

      enum CodingKeys: String, CodingKey {
        case group
        case groupIDs = "group_ids"
      }
    }
    let file = URL(fileURLWithPath: Wav2Vec2Fixture.layouts + "/expected.json")
    let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file))
    let folder = Wav2Vec2Fixture.layouts + "/group"
    let backbone = try Backbone.load(folder: folder, options: .init(languages: ["en"]))
    let transcriber = try #require(backbone.transcriber as? Wav2Vec2Transcriber)
    let logits = try transcriber.logits(of: clip, language: "en")
    // States agree to about 1e-5, and the magnitudes in a row of lm_head add up to 8.3: 8e-5.
    #expect(largestDifference(logits.elements, try tensors.floats("group.logits")) <= 3e-4)
    let vocabulary = try transcriber.adapter(for: "fr").vocabulary
    #expect(logits.argmaxOfRows() == expected.groupIDs)
    #expect(vocabulary.text(bestOf: logits, skipSpecialTokens: false) == expected.group)
    #expect(throws: BackboneError.self) {
      try Backbone.load(folder: folder, options: .init(adapters: ["en": "eng"]))
    }
  }

  @Test func noText() throws {
    let backbone = try Backbone.load(folder: Wav2Vec2Fixture.layouts + "/pretraining")
    #expect(backbone.transcriber == nil && backbone.detector == nil)
    #expect(backbone.encoder.identity.family == "wav2vec2,raw-input")
  }

  /// The old names of the positional weight are those of mms-tiny-random, the new ones those of its
  /// detector; swapping them changes no number.
  @Test func namesOfThePositionalWeight() throws {
    let fixture = try Wav2Vec2Fixture.shared.get()
    let states = try fixture.model.frames(of: fixture.clips[0])
    let folder = try Wav2Vec2Fixture.copy(of: Wav2Vec2Fixture.modelFolder)
    defer { withExtendedLifetime(folder) {} }
    try folder.editTensors("model.safetensors") { name, shape in
      let new = name.replacing("conv.weight_g", with: "conv.parametrizations.weight.original0")
        .replacing("conv.weight_v", with: "conv.parametrizations.weight.original1")
      return (new, shape)
    }
    let file = try SafetensorsFile(path: folder.path + "/model.safetensors")
    try #require(
      file.names.contains("wav2vec2.encoder.pos_conv_embed.conv.parametrizations.weight.original1"))
    #expect(try Wav2Vec2Model(folder: folder.path).frames(of: fixture.clips[0]) == states)
  }
}
