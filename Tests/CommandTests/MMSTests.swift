import Evaluation
import Foundation
import TensorFiles
import TestFolders
import Testing

/// The commands with MMS for a backbone: a random model with adapters, another one for its detector.
@Suite struct MMSTests {
  private let model = fixture("mms-tiny-random/model")
  private let detector = fixture("mms-tiny-random/lid")
  private let audio = ["audio0", "audio1"].map { fixture("mms-tiny-random/\($0).wav") }
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func config(
    languages: [String], encoder: [String: JSONValue] = [:]
  ) throws -> String {
    let sample = SampleConfig.make(
      model: model, output: folder("run"),
      languages: Dictionary(uniqueKeysWithValues: languages.map { ($0, "") }))
    guard case .object(var members) = sample else { return "" }
    members["encoder"] = .object(
      ["path": .string(model), "detector": .string(detector)].merging(encoder) { $1 })
    return try folder.write("config.json", .object(members))
  }

  /// All stages; then `evaluate` with the head, and with the detector alone, on what is cached.
  @Test func runAndEvaluate() async throws {
    let config = try config(languages: ["en", "hi", "zh"])
    try expectSuccess(await cld("--config", config))
    let report = try json(text(of: folder("run/report.json")))
    guard case .array(let heads) = report["heads"] else {
      Issue.record("no list of heads")
      return
    }
    #expect(
      heads.compactMap { $0["name"]?.string } == ["cld", "default", "default-restricted", "oracle"])
    #expect(report.at("transcription.cer")?.double != nil)
    #expect((report.at("flops.decoder.counted")?.double ?? 0) > 0)
    let head = try SafetensorsFile(path: folder("run/head.safetensors"))
    #expect(head.metadata["encoder"]?.hasPrefix("wav2vec2,base-adapter/") == true)

    let again = try expectSuccess(
      await cld(
        "evaluate", "--config", config, "--head", folder("run/head.safetensors"), "--output",
        folder("again"), "--json"))
    let second = try json(again.output)
    #expect(second.at("detection.accuracy") == report.at("detection.accuracy"))
    #expect(second.at("transcription.wer") == report.at("transcription.wer"))
    try expectSuccess(
      await cld("evaluate", "--config", config, "--head", "default", "--output", folder("plain")))
  }

  /// The adapters of the run's languages are looked for before a clip is encoded.
  @Test func missingAdapterEndsTheRunAtItsStart() async throws {
    let outcome = try await cld(
      "--config", try config(languages: ["en", "ms"]))
    #expect(outcome.status == 66)
    for word in ["adapter.zlm.safetensors", "cmn-script_simplified, eng, hin", "encoder.adapters"] {
      #expect(outcome.error.contains(word), "\(outcome.error)")
    }
    #expect(!exists(folder("run")))
    let named = try await cld(
      "embed", "--config",
      try config(languages: ["en", "ms"], encoder: ["adapters": ["ms": "hin"]]))
    try expectSuccess(named)
  }

  @Test func predictByDetector() async throws {
    let expected = try json(text(of: fixture("mms-tiny-random/expected.json")))
    let fold = ["eng": "en", "hin": "hi", "ind": "id", "zlm": "ms", "cmn": "zh", "yue": "zh"]
    let outcome = try expectSuccess(
      await cld(["predict", "--model", model, "--detector", detector] + audio))
    let lines = try outcome.outputLines.map { try json($0) }
    guard case .array(let labels)? = expected.at("lid.labels") else {
      Issue.record("no labels")
      return
    }
    let languages = labels.compactMap { $0.string }.map { fold[$0] ?? $0 }
    #expect(lines.compactMap { $0["language"]?.string } == languages)
    // The fixture has no adapter for the languages that it detects: no text.
    #expect(lines.allSatisfy { $0["text"] == .null })
  }

  @Test func predictInALanguage() async throws {
    let expected = try json(text(of: fixture("mms-tiny-random/expected.json")))
    guard case .array(let clips)? = expected["clips"] else {
      Issue.record("no clips")
      return
    }
    let outcome = try expectSuccess(
      await cld(["predict", "--model", model, "--language", "zh"] + audio))
    let texts = try outcome.outputLines.map { try json($0)["text"]?.string }
    let name = "cmn-script_simplified"
    #expect(texts == clips.map { $0["texts"]?[name]?.string })

    let missing = try await cld("predict", "--model", model, "--language", "ms", audio[0])
    expectRefusal(missing, 66, naming: "adapter.zlm.safetensors", "'ms'")
    let undetected = try await cld("predict", "--model", model, audio[0])
    expectRefusal(undetected, 65, naming: "--detector")
  }

  /// One clip that is too short costs only itself.
  @Test func tooShortClip() async throws {
    let wave = try Data(contentsOf: URL(fileURLWithPath: audio[0]))
    // The header says how long the data are: 399 samples of 2 bytes.
    var short = Data(wave.prefix(44)) + Data(wave[44..<(44 + 798)])
    short.replaceSubrange(40..<44, with: [0x1e, 0x03, 0, 0])
    short.replaceSubrange(4..<8, with: [0x42, 0x03, 0, 0])
    let path = try folder.write("short.wav", short)
    let outcome = try await cld(
      "predict", "--model", model, "--language", "en", path, audio[0])
    #expect(outcome.status == 65)
    let lines = try outcome.outputLines.map { try json($0) }
    #expect(lines[0]["error"]?.string?.contains("399 samples") == true)
    #expect(lines[1]["text"]?.string?.isEmpty == false)
    let embed = try await cld(
      "embed", "--model", model, "--output", folder("x.safetensors"), path)
    expectRefusal(embed, 65, naming: "short.wav", "399 samples", "400")
  }
}
