import Evaluation
import TensorFiles
import TestFolders
import Testing

/// `embed` of audio files and of a config's corpus.
@Suite struct EmbedTests {
  private static let clip = fixture("common-voice/en/clips/common_voice_en_27181593.mp3")
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func filesGiveTheMeanOfTheEncodersFrames() async throws {
    let audio = fixture("whisper-tiny-random/audio.wav")
    let output = folder("x.safetensors")
    let outcome = try expectSuccess(
      await cld("embed", "--model", SpeechModel.folder, "--output", output, audio))
    #expect(outcome.outputLines == ["1 embeddings of width 64 in \(output)"])

    let file = try SafetensorsFile(path: output)
    #expect(file.entry("embeddings")?.shape == [1, 64])
    #expect(file.entry("embeddings")?.elementType == .float32)
    let ours = try file.floats("embeddings")
    let expected = try SafetensorsFile(path: fixture("whisper-tiny-random/expected.safetensors"))
      .doubles("encoder_mean")
    try #require(ours.count == expected.count)
    // The fixture's README: 2e-5, four times what float32 differs from float64.
    #expect(zip(ours, expected).allSatisfy { abs(Double($0) - $1) < 2e-5 })
    #expect(try json(file.metadata["paths"] ?? "") == .array([.string(audio)]))
    #expect(file.metadata["encoder"]?.hasPrefix("whisper/") == true)
  }

  @Test func rowsAreInTheOrderGiven() async throws {
    let model = try SpeechModel.writeShort(to: folder("model"))
    let other = fixture("common-voice/hi/clips/common_voice_hi_15893327.mp3")
    func rows(_ files: String...) async throws -> [[Float]] {
      let output = folder("x.safetensors")
      let outcome = try expectSuccess(
        await cld(["embed", "--model", model, "--output", output, "--json"] + files))
      #expect(
        try json(outcome.output) == [
          "embeddings": .integer(files.count), "width": 64, "output": .string(output),
        ])
      let elements = try SafetensorsFile(path: output).floats("embeddings")
      return stride(from: 0, to: elements.count, by: 64).map { Array(elements[$0..<($0 + 64)]) }
    }
    let (forth, back) = (
      try await rows(Self.clip, other), try await rows(other, Self.clip, Self.clip)
    )
    #expect(forth.count == 2 && back.count == 3)
    #expect(forth[0] != forth[1])
    #expect(back == [forth[1], forth[0], forth[0]])
  }

  @Test func aCorpusFillsTheCache() async throws {
    try SpeechModel.writeShort(to: folder("model"))
    let config = try folder.write(
      "config.json",
      SampleConfig.make(
        model: "model", output: folder("out"), languages: ["ms": "", "zh": ""], samples: 4))
    let first = try expectSuccess(await cld("embed", "--config", config, "--json"))
    #expect(
      try json(first.output) == [
        "embeddings": 8, "width": 64, "cache": .string(folder("cache.sqlite")), "cached": 0,
        "skipped": 0,
      ])
    let second = try expectSuccess(await cld("embed", "--config", config, "--json"))
    #expect(try json(second.output)["cached"] == 8)
    #expect(!exists(folder("out/head.safetensors")))
  }

  @Test func refusalsWriteNothing() async throws {
    let model = try SpeechModel.writeShort(to: folder("model"))
    let output = folder("x.safetensors")
    func embed(to output: String, _ files: String...) async throws -> Outcome {
      try await cld(["embed", "--model", model, "--output", output, "--quiet"] + files)
    }
    expectRefusal(
      try await embed(to: output, Self.clip, folder("no.mp3")), 66, naming: folder("no.mp3"))
    let text = try folder.write("text.mp3", "not a sound")
    expectRefusal(try await embed(to: output, Self.clip, text), 65, naming: text)
    #expect(!exists(output))
    expectRefusal(
      try await embed(to: text + "/x.safetensors", Self.clip), 74, naming: text + "/x.safetensors")
  }
}
