import Foundation
import LinearAlgebra
import TestFolders
import Testing

@testable import Embeddings

/// Layouts of a checkpoint's folder that load, and what is said of those that do not.
@Suite struct WhisperCheckpointTests {
  let fixture: WhisperFixture
  let copy: CheckpointFolder

  init() throws {
    fixture = try WhisperFixture.shared.get()
    copy = try CheckpointFolder()
  }

  /// The checkpoint with rounded weights, stored in two bytes, is the one with the same rounded
  /// weights stored in four: every logit equal.
  @Test(arguments: ["F16", "BF16"]) func halfPrecision(_ type: String) throws {
    let bits: (Float) -> UInt16 = { type == "F16" ? Float16($0).bitPattern : brain($0) }
    let value: (Float) -> Float = {
      type == "F16" ? Float(Float16($0)) : Float(bitPattern: UInt32(brain($0)) << 16)
    }
    let full = try CheckpointFolder()
    defer { withExtendedLifetime(full) {} }
    try copy.rewrite(as: type, bits)
    try full.rewrite { tensor in
      var rounded = tensor
      rounded.floats = tensor.floats.map(value)
      return [rounded]
    }
    let (a, b) = (try WhisperModel(folder: copy.path), try WhisperModel(folder: full.path))
    #expect(try a.languageLogits(of: fixture.waveform) == b.languageLogits(of: fixture.waveform))
    #expect(a.identity != b.identity)
  }

  /// Two shards with an index, and names without "model." before them.
  @Test func shards() throws {
    try copy.remove("model.safetensors")
    var map: [String: String] = [:]
    for (i, file) in ["a.safetensors", "b.safetensors"].enumerated() {
      try copy.rewrite(to: file) { tensor in
        guard tensor.name.contains("encoder.") == (i == 0) else { return [] }
        var bare = tensor
        bare.name = String(tensor.name.dropFirst("model.".count))
        map[bare.name] = file
        return [bare]
      }
    }
    let index: [String: Any] = ["metadata": ["total_size": 1], "weight_map": map]
    try copy.folder.write(
      "model.safetensors.index.json", JSONSerialization.data(withJSONObject: index))
    let model = try WhisperModel(folder: copy.path)
    #expect(
      try model.languageLogits(of: fixture.waveform)
        == fixture.model.languageLogits(of: fixture.waveform))
    #expect(model.identity.weightsDigest.count == 64)

    let unlisted = "encoder.layer_norm.weight"
    try copy.set(
      "model.safetensors.index.json", ["weight_map": map.filter { $0.key != unlisted }])
    #expect(
      copy.failure().hasSuffix(
        "index.json: weight_map is without '\(unlisted)': needs every tensor of a.safetensors"))
    try copy.set("model.safetensors.index.json", ["weight_map": ["x": "a.safetensors"]])
    #expect(copy.failure().hasSuffix("a.safetensors: has no tensor 'x'"))
    try copy.remove("a.safetensors")
    #expect(copy.failure().contains("a.safetensors: cannot be read"))
    try copy.remove("model.safetensors.index.json")
    #expect(copy.failure().contains("has neither model.safetensors nor"))
  }

  /// A head of its own is read when the configuration says so, and ignored when it is tied.
  @Test func untiedOutput() throws {
    try copy.rewrite { tensor in
      guard tensor.name == "model.decoder.embed_tokens.weight" else { return [tensor] }
      var head = tensor
      (head.name, head.floats) = ("proj_out.weight", tensor.floats.map { -$0 })
      return [tensor, head]
    }
    let tied = try WhisperModel(folder: copy.path)
    let expected = fixture.model.firstStepLogits(of: fixture.waveform)
    #expect(tied.firstStepLogits(of: fixture.waveform) == expected)
    try copy.set("config.json", ["tie_word_embeddings": false])
    let untied = try WhisperModel(folder: copy.path)
    #expect(untied.firstStepLogits(of: fixture.waveform) == expected.map { -$0 })
  }

  /// An English-only checkpoint can neither tell languages apart nor be told one.
  @Test func englishOnly() throws {
    try copy.set(
      "generation_config.json", ["is_multilingual": false, "lang_to_id": nil, "task_to_id": nil])
    let model = try WhisperModel(folder: copy.path)
    #expect(model.languages.isEmpty && !model.supports("en"))
    let error = WhisperError.englishOnly(folder: copy.path)
    #expect(throws: error) { try model.languageLogits(of: fixture.waveform) }
    #expect(throws: error) { try model.transcribe(fixture.waveform, language: "en") }
    #expect("\(error)".contains("knows English only"))
  }

  /// Several ends of text; suppressed ids that are no tokens mean nothing.
  @Test func generationConfig() throws {
    let suppressed = fixture.model.generation.suppressed
    try copy.set(
      "generation_config.json",
      ["suppress_tokens": [-1, 391] + suppressed, "eos_token_id": [352, 295]])
    let model = try WhisperModel(folder: copy.path)
    #expect(model.generation.suppressed == suppressed)
    // The fixture's first sequence begins with 295.
    #expect(try model.tokens(of: fixture.waveform, language: "hi", settings: .init()) == [])
  }

  @Test func damagedWeights() throws {
    let whole = try [UInt8](bytes(of: copy.weights))
    for count in [0, 7, 100, whole.count - 1] {
      try copy.folder.write("model.safetensors", whole.prefix(count))
      #expect(copy.failure().hasPrefix("\(copy.weights): not a valid tensor file: "))
    }
    // A header that announces more than there is.
    try copy.folder.write("model.safetensors", [255, 255, 255, 5, 0, 0, 0, 0] + whole.dropFirst(8))
    #expect(copy.failure().hasPrefix("\(copy.weights): not a valid tensor file: "))
    try copy.remove("model.safetensors")
    #expect(copy.failure().contains("has neither model.safetensors nor"))
  }

  @Test func tensorsThatDoNotFit() throws {
    let name = "model.encoder.layers.1.fc1.weight"
    try copy.rewrite { $0.name == name ? [] : [$0] }
    #expect(copy.failure() == "\(copy.weights): has no tensor '\(name)'")
    try copy.rewrite { tensor in
      guard tensor.name == name else { return [tensor] }
      var other = tensor
      other.shape = [64, 128]
      return [other]
    }
    #expect(
      copy.failure() == "\(copy.weights): '\(name)': expected shape [128, 64], found [64, 128]")
    try copy.rewrite { tensor in
      guard tensor.name == name else { return [tensor] }
      var other = tensor
      other.name = "model.encoder.layers.2.fc1.weight"
      return [tensor, other]
    }
    #expect(
      copy.failure() == "\(copy.weights): does not fit the configuration: 1 tensors are left over, "
        + "such as 'model.encoder.layers.2.fc1.weight'")
  }

  @Test(
    arguments: [
      ("config.json", "d_model", "64", "is something else: needs a whole number"),
      ("config.json", "d_model", 64.5, "is something else: needs a whole number"),
      ("config.json", "d_model", nil, "is missing: needs a value"),
      ("config.json", "d_model", -64, "is -64: needs 1 to 1000000"),
      ("config.json", "encoder_layers", [2], "is something else: needs a whole number"),
      ("config.json", "decoder_attention_heads", 5, "is 5: needs a divisor of d_model 64"),
      ("config.json", "model_type", "wav2vec2", "is 'wav2vec2': needs 'whisper'"),
      ("config.json", "activation_function", "relu", "is 'relu': needs 'gelu'"),
      ("config.json", "max_source_positions", 1499, "is 1499: needs 1500, as 3000 mel frames give"),
      ("config.json", "tie_word_embeddings", "yes", "is something else: needs true or false"),
      ("generation_config.json", "lang_to_id", ["<|en|>": "x"], " is something else: needs"),
      ("generation_config.json", "lang_to_id", nil, "is empty or missing: needs the languages"),
      ("generation_config.json", "task_to_id", nil, "is without 'transcribe'"),
      ("generation_config.json", "decoder_start_token_id", 391, "is 391: needs 0 to 390"),
      ("generation_config.json", "eos_token_id", "end", "is something else: needs a whole number"),
      ("generation_config.json", "suppress_tokens", 3, "is something else: needs a list"),
      ("generation_config.json", "eos_token_id", [352, 391], "is 391: needs 0 to 390"),
      ("preprocessor_config.json", "feature_size", 128, "is 128: needs 80, the num_mel_bins of"),
      ("preprocessor_config.json", "sampling_rate", 8000, "is 8000: needs 16000"),
      ("preprocessor_config.json", "hop_length", 0, "is 0: needs 1 to 400"),
      ("tokenizer_config.json", "clean_up_tokenization_spaces", 3, "needs true or false"),
    ] as [(String, String, (any Sendable)?, String)])
  func keys(_ file: String, _ key: String, _ value: (any Sendable)?, _ reason: String) throws {
    try copy.set(file, [key: value])
    let failure = copy.failure()
    #expect(failure.hasPrefix("\(copy.path)/\(file): \(key)"))
    #expect(failure.contains(reason))
    #expect(!failure.contains("\n"))
  }

  @Test(arguments: ["config.json", "generation_config.json", "preprocessor_config.json"])
  func files(_ file: String) throws {
    try copy.folder.write(file, "{\"d_model\": ".utf8)
    #expect(copy.failure() == "\(copy.path)/\(file): not valid JSON")
    try copy.folder.write(file, "[]".utf8)
    #expect(copy.failure() == "\(copy.path)/\(file): not a JSON object")
    try copy.remove(file)
    #expect(copy.failure() == "\(copy.path)/\(file): cannot be read: No such file or directory")
  }

  @Test func noTokenizer() throws {
    try copy.remove("tokenizer.json")
    _ = try WhisperModel(folder: copy.path)
    try copy.remove("vocab.json")
    #expect(copy.failure() == "\(copy.path)/vocab.json: cannot be read: No such file or directory")
  }
}

/// The upper half of a float32: a bfloat16, rounded towards zero.
private func brain(_ x: Float) -> UInt16 { UInt16(x.bitPattern >> 16) }
