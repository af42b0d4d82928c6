import LinearAlgebra
import Testing

@testable import Embeddings

/// Against transformers 4.56.2; the tolerances are those of the fixture's README, which reports
/// float32 against float64 at 4.7e-6 for encoder states and 2e-5 for logits.
@Suite struct WhisperModelTests {
  let fixture: WhisperFixture
  var model: WhisperModel { fixture.model }
  var waveform: Waveform { fixture.waveform }

  init() throws { fixture = try WhisperFixture.shared.get() }

  @Test func convolutions() throws {
    let features = model.features(waveform, margin: 1)
    let states = model.encoder.convolved(features)
    #expect(states.shape == [1500, 64])
    let difference = largestDifference(
      states.elements.prefix(64 * 64), try fixture.tensors.floats("conv_first"))
    // What the encoder's states have, which are made of these.
    #expect(difference <= 1e-4)
  }

  @Test func encoderStates() throws {
    let frames = model.frames(of: waveform)
    #expect(frames.shape == [1500, 64] && model.width == 64)
    let difference = largestDifference(
      frames.elements.prefix(64 * 64), try fixture.tensors.floats("encoder_first"))
    #expect(difference <= 1e-4)
    let mean = largestDifference(
      Pooling.mean(frames: frames), try fixture.tensors.floats("encoder_mean"))
    #expect(mean <= 2e-5)
  }

  /// What is prepared ahead gives the same numbers.
  @Test func preparedClip() throws {
    let other = try WhisperModel(folder: WhisperFixture.modelFolder)
    let prepared = other.prepare(waveform)
    #expect(prepared.features?.shape == [3002, 80])
    #expect(other.frames(of: prepared) == model.frames(of: waveform))
  }

  @Test func firstStep() throws {
    let difference = largestDifference(
      model.firstStepLogits(of: waveform), try fixture.tensors.floats("first_step_logits"))
    #expect(difference <= 5e-4)
  }

  @Test func languages() throws {
    #expect(model.languages == ["en", "zh", "hi", "ms", "id"])
    let logits = try model.languageLogits(of: waveform)
    #expect(
      largestDifference(logits, try fixture.tensors.floats("language_logits")) <= 5e-4)
    #expect(throws: Never.self) { try model.languageLogits(of: Waveform(samples: [])) }
    let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
    #expect(
      model.generation.languages[model.languages[best]] == fixture.expected.detectedLanguageId)
  }

  @Test func logitsOfEachStep() throws {
    var steps: [Float] = []
    let prompt = try model.prompt(language: "hi", timestamps: false)
    #expect(prompt == fixture.expected.sequences[0].prompt)
    _ = model.greedyTokens(
      of: waveform, prompt: prompt, settings: .init(maxNewTokens: 20)
    ) { steps += $0 }
    #expect(largestDifference(steps, try fixture.tensors.floats("step_logits")) <= 5e-4)
  }

  @Test(arguments: 0..<3) func greedySequences(_ index: Int) throws {
    let expected = fixture.expected.sequences[index]
    let settings = WhisperDecodingSettings(
      timestamps: expected.prompt.count == 3, repetitionPenalty: expected.repetitionPenalty,
      maxNewTokens: expected.tokens.count)
    let tokens = try model.tokens(of: waveform, language: "hi", settings: settings)
    #expect(tokens == expected.tokens)
    let text = try model.transcribe(waveform, language: "hi", settings: settings)
    #expect(text == expected.text)
  }

  /// The whole sequence, prompt included, ends at the checkpoint's 64 positions.
  @Test func lengthLimit() throws {
    let tokens = try model.tokens(of: waveform, language: "hi", settings: .init())
    #expect(tokens.count == 60)
    #expect(Array(tokens.prefix(20)) == fixture.expected.sequences[0].tokens)
  }

  /// The prompt in one step, or token by token: the cache makes no difference but rounding.
  @Test func cacheEqualsWholePrompt() throws {
    let memory = model.memory(of: waveform)
    let prompt = fixture.expected.sequences[0].prompt
    var whole = model.decoder.emptyCache()
    let once = model.decoder.state(after: prompt, memory: memory, cache: &whole)
    var cache = model.decoder.emptyCache()
    var stepped = once
    for token in prompt {
      stepped = model.decoder.state(after: [token], memory: memory, cache: &cache)
    }
    // Normalised states: numbers up to 4, the encoder's tolerance.
    #expect(largestDifference(once.elements, stepped.elements) <= 1e-4)
    #expect(cache.length == prompt.count && whole.length == prompt.count)
  }

  /// Another clip in between does not disturb what is remembered of the first, nor does asking for
  /// everything at the same time.
  @Test func memoryOfClips() async throws {
    let model = try WhisperModel(folder: WhisperFixture.modelFolder)
    let first = model.frames(of: waveform)
    let other = Waveform(samples: waveform.samples.map { -0.5 * $0 })
    #expect(model.frames(of: other) != first)
    #expect(model.frames(of: waveform) == first)
    let logits = try model.languageLogits(of: waveform)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for i in 0..<4 {
        let clip = i % 2 == 0 ? waveform : other
        group.addTask { try (model.languageLogits(of: clip) == logits) == (i % 2 == 0) }
      }
      for try await right in group { #expect(right) }
    }
  }

  @Test func unknownLanguage() throws {
    #expect(model.supports("zh") && !model.supports("fr"))
    let error = #expect(throws: WhisperError.self) {
      try model.transcribe(waveform, language: "fr")
    }
    #expect(
      error?.description.hasSuffix("does not know the language 'fr'; it knows en, hi, id, ms, zh")
        == true)
  }

  @Test func identity() throws {
    #expect(model.identity.family == "whisper" && model.identity.pooling == "mean")
    #expect(
      try model.identity.weightsDigest
        == SHA256Digest.hex(ofFile: WhisperFixture.modelFolder + "/model.safetensors"))
  }
}
