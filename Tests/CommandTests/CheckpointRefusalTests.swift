import Evaluation
import Foundation
import TestFolders
import Testing

/// Checkpoints that are damaged or incomplete: one line that names file and tensor.
@Suite struct CheckpointRefusalTests {
  private let folder: TemporaryFolder
  private var model: String { folder("model") }
  private var weights: String { model + "/model.safetensors" }

  init() throws { folder = try TemporaryFolder() }

  /// What `embed` says of the model, and `run`, which must not have made its folder.
  private func refusals() async throws -> [Outcome] {
    let config = try folder.write(
      "config.json",
      SampleConfig.make(
        model: model, output: folder("out"), languages: ["ms": "", "zh": ""], samples: 4))
    let outcomes = [
      try await cld(
        "embed", "--model", model, "--output", folder("x.safetensors"),
        fixture("whisper-tiny-random/audio.wav")),
      try await cld("--config", config),
    ]
    for made in ["x.safetensors", "out", "cache.sqlite"] { #expect(!exists(folder(made))) }
    return outcomes
  }

  @Test(arguments: [
    "model.encoder.layers.1.fc1.weight", "model.decoder.layers.0.encoder_attn.v_proj.bias",
    "model.decoder.embed_tokens.weight",
  ])
  func missingTensors(_ name: String) async throws {
    try SpeechModel.writeShort(to: model, leavingOut: name)
    for outcome in try await refusals() {
      expectRefusal(outcome, 65, naming: weights, "'\(name)'")
    }
  }

  @Test(arguments: ["model.encoder.conv1.weight", "model.encoder.layers.0.fc1.bias"])
  func tensorsOfAnotherShape(_ name: String) async throws {
    try SpeechModel.writeShort(to: model, reshaping: name)
    for outcome in try await refusals() {
      expectRefusal(outcome, 65, naming: weights, "'\(name)'", "shape")
    }
  }

  @Test func aTruncatedFile() async throws {
    try SpeechModel.writeShort(to: model)
    let whole = try Data(contentsOf: URL(fileURLWithPath: weights))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: weights))
    for outcome in try await refusals() {
      expectRefusal(outcome, 65, naming: weights, "not a valid tensor file")
    }
  }

  @Test func noWeights() async throws {
    try SpeechModel.writeShort(to: model)
    try FileManager.default.removeItem(atPath: weights)
    for outcome in try await refusals() { expectRefusal(outcome, 66, naming: model, "safetensors") }
  }

  @Test func noFolder() async throws {
    for outcome in try await refusals() { expectRefusal(outcome, 66, naming: model, "config.json") }
  }

  @Test func anotherKindOfModel() async throws {
    try folder.write("model/config.json", ["model_type": "bert"])
    for outcome in try await refusals() {
      expectRefusal(outcome, 65, naming: model + "/config.json", "'bert'")
    }
  }

  @Test(arguments: [
    ("{\"model_type\": \"whisper\"}", "d_model"), ("{", "not valid JSON"),
    ("[]", "not a JSON object"),
  ])
  func configsOfNoUse(_ content: String, _ word: String) async throws {
    try SpeechModel.writeShort(to: model)
    try folder.write("model/config.json", content)
    for outcome in try await refusals() {
      expectRefusal(outcome, 65, naming: model + "/config.json", word)
    }
  }
}
