import Foundation
import TestFolders
import Testing

@testable import Embeddings

/// Files that do not fit, and clips that are not speech.
@Suite struct Wav2Vec2BadInputTests {
  let fixture: Wav2Vec2Fixture

  init() throws { fixture = try Wav2Vec2Fixture.shared.get() }

  private func modelError(_ change: (TemporaryFolder) throws -> Void) throws -> String {
    let folder = try Wav2Vec2Fixture.copy(of: Wav2Vec2Fixture.modelFolder)
    defer { withExtendedLifetime(folder) {} }
    try change(folder)
    let error = #expect(throws: CheckpointError.self) { try Backbone.load(folder: folder.path) }
    return error?.description ?? ""
  }

  @Test func missingTensor() throws {
    let name = "wav2vec2.encoder.layers.1.attention.k_proj.bias"
    let text = try modelError {
      try $0.editTensors("model.safetensors") { $0 == name ? nil : ($0, $1) }
    }
    #expect(text.hasSuffix("model.safetensors: has no tensor '\(name)'"))
  }

  @Test func wrongShape() throws {
    let name = "wav2vec2.feature_projection.projection.weight"
    let text = try modelError {
      try $0.editTensors("model.safetensors") { ($0, $0 == name ? [64, 16] : $1) }
    }
    #expect(text.hasSuffix("'\(name)': expected shape [64, 32], found [64, 16]"))
  }

  @Test func leftOverTensor() throws {
    let text = try modelError {
      try $0.editTensors("model.safetensors", adding: [("wav2vec2.encoder.layers.3.new", [2])])
    }
    #expect(text.contains("wav2vec2.encoder.layers.3.new"))
  }

  /// What training leaves behind is no fault.
  @Test func harmlessTensors() throws {
    let folder = try Wav2Vec2Fixture.copy(of: Wav2Vec2Fixture.modelFolder)
    defer { withExtendedLifetime(folder) {} }
    let harmless = ["wav2vec2.masked_spec_embed", "quantizer.codevectors", "project_q.weight"]
    try folder.editTensors("model.safetensors", adding: harmless.map { ($0, [3]) })
    let states = try fixture.model.frames(of: fixture.clips[0])
    #expect(try Wav2Vec2Model(folder: folder.path).frames(of: fixture.clips[0]) == states)
  }

  @Test(arguments: [
    ("hidden_act", "relu" as any Sendable, "is 'relu': needs 'gelu'"),
    ("add_adapter", true, "is true: needs false"),
    ("num_attention_heads", 5, "is 5: needs a divisor of hidden_size 64"),
    ("conv_kernel", [10, 3], "is [10, 3]: needs 7 numbers, as conv_dim has"),
    ("conv_stride", [0, 2, 2, 2, 2, 2, 2], "is [0, 2, 2, 2, 2, 2, 2]: needs sizes of 1 to"),
    ("num_hidden_layers", "three", "is something else: needs a whole number"),
    ("feat_extract_norm", "batch", "is not usable: "),
  ]) func configuration(_ key: String, _ value: any Sendable, _ reason: String) throws {
    let text = try modelError { try $0.edit("config.json", [key: value]) }
    #expect(text.contains("config.json: \(key) ") && text.contains(reason))
  }

  @Test func otherSampleRate() throws {
    let text = try modelError { try $0.edit("preprocessor_config.json", ["sampling_rate": 8000]) }
    #expect(text.hasSuffix("config.json: sampling_rate is 8000: needs 16000"))
  }

  // MARK: Adapters and vocabularies

  private func adapterError(
    _ change: (TemporaryFolder) throws -> Void
  ) throws -> String {
    let folder = try Wav2Vec2Fixture.copy(of: Wav2Vec2Fixture.modelFolder)
    defer { withExtendedLifetime(folder) {} }
    try change(folder)
    let error = #expect(throws: CheckpointError.self) {
      try Backbone.load(folder: folder.path, options: .init(languages: ["hi"]))
    }
    return error?.description ?? ""
  }

  @Test func adapterOfAnotherWidth() throws {
    let text = try adapterError {
      try $0.editTensors("adapter.hin.safetensors") { name, shape in
        (name, shape.map { $0 == 64 ? 48 : $0 })
      }
    }
    #expect(text.contains("adapter.hin.safetensors: '"))
    #expect(text.hasSuffix("expected shape [64], found [48]"))
  }

  @Test func headOfAnotherWidth() throws {
    let text = try adapterError {
      try $0.editTensors("adapter.hin.safetensors") {
        ($0, $0 == "lm_head.weight" ? [59, 48] : $1)
      }
    }
    #expect(text.hasSuffix("'lm_head.weight': expected shape [any, 64], found [59, 48]"))
  }

  @Test func incompleteAdapter() throws {
    let name = "wav2vec2.encoder.layers.2.adapter_layer.linear_2.bias"
    let missing = try adapterError {
      try $0.editTensors("adapter.hin.safetensors") { $0 == name ? nil : ($0, $1) }
    }
    #expect(missing.hasSuffix("adapter.hin.safetensors: has no tensor '\(name)'"))
    let extra = try adapterError {
      try $0.editTensors("adapter.hin.safetensors", adding: [("more", [1])])
    }
    #expect(extra.contains("adapter.hin.safetensors") && extra.contains("'more'"))
  }

  @Test func vocabularyWithoutPad() throws {
    let text = try adapterError { try $0.edit("vocab.json", ["hin": ["a": 0, "|": 1]]) }
    #expect(text.contains("vocab.json: hin is without '<pad>'"))
  }

  @Test func vocabularyLargerThanHead() throws {
    let text = try adapterError {
      try $0.edit("vocab.json", ["hin": ["<pad>": 0, "x": 59] as [String: Int]])
    }
    #expect(text.contains("vocab.json: x is 59: needs less than 59, the outputs of lm_head in "))
  }

  @Test func vocabularyWithoutLanguage() throws {
    let text = try adapterError { try $0.edit("vocab.json", ["hin": nil]) }
    #expect(text.hasSuffix("vocab.json: hin is missing: needs a vocabulary for each adapter"))
  }

  @Test func twoTokensOfOneID() throws {
    let text = try adapterError {
      try $0.edit("vocab.json", ["hin": ["<pad>": 0, "x": 1, "y": 1] as [String: Int]])
    }
    #expect(text.contains(" is 1: needs another id than '"))
  }

  @Test func noVocabulary() throws {
    let text = try modelError {
      try FileManager.default.removeItem(atPath: $0.path + "/vocab.json")
    }
    #expect(text.contains("vocab.json: cannot be read: "))
  }

  // MARK: Clips

  @Test(arguments: [0, 1, 399]) func tooShort(_ samples: Int) throws {
    let clip = Waveform(samples: .init(repeating: 0.1, count: samples))
    let error = ClipError.tooShort(samples: samples, needed: 400)
    #expect(throws: error) { try fixture.model.frames(of: clip) }
    #expect(throws: error) { try fixture.transcriber.transcribe(clip, language: "hi") }
    #expect(throws: error) { try fixture.detector.languageLogits(of: clip) }
    #expect(error.description.contains("\(samples) samples at 16000 Hz, at least 400"))
  }

  /// Zeros, and a constant whose variance is nothing but rounding.
  @Test(arguments: [Float(0), 0.25]) func silence(_ level: Float) throws {
    let clip = Waveform(samples: .init(repeating: level, count: 16_000))
    #expect(areFinite(try fixture.model.frames(of: clip).elements))
    #expect(areFinite(try fixture.detector.languageLogits(of: clip)))
    #expect(areFinite(try fixture.transcriber.logits(of: clip, language: "zh").elements))
    for layout in ["group", "pretraining", "bare"] {
      let model = try Wav2Vec2Model(folder: Wav2Vec2Fixture.layouts + "/" + layout)
      #expect(areFinite(try model.frames(of: clip).elements))
    }
  }
}
