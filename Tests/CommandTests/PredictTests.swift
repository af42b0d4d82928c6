import Evaluation
import Foundation
import TensorFiles
import TestFolders
import Testing

/// `predict` with the model's own detector, with a trained head, and without either.
@Suite(.finishedRun) struct PredictTests {
  private let run: FinishedRun.Result
  private let clip = fixture("common-voice/id/clips/common_voice_id_14352456.mp3")

  init() throws { run = try FinishedRun.result() }

  @Test func aHeadChoosesTheLanguage() async throws {
    let outcome = try expectSuccess(
      await cld("predict", "--head", run.head, "--model", run.model, clip))
    #expect(outcome.error == "")
    #expect(outcome.outputLines.count == 1)
    let line = try json(outcome.output)
    #expect(line["path"]?.string == clip)
    #expect(line["text"]?.string != nil)
    guard case .object(let members) = line["logits"] else {
      Issue.record("no logits")
      return
    }
    #expect(members.keys.sorted() == ["en", "hi", "id"])
    let logits = members.compactMapValues(\.double)
    let sorted = logits.values.sorted(by: >)
    #expect(logits[line["language"]?.string ?? ""] == sorted[0])
    // Logits are float32 and printed in full; their difference is rounded to float32, by 6e-8 of it.
    let margin = sorted[0] - sorted[1]
    #expect(abs((line["margin"]?.double ?? -1) - margin) <= 6e-8 * margin)
    #expect((line["radius"]?.double ?? -1) >= 0)
  }

  /// The run wrote what the head says of its test clips: the same clip gets the same answer.
  @Test func answersAreThoseOfTheRun() async throws {
    let rows = try table(of: run.output + "/predictions.tsv")
    let header = rows[0]
    func cell(_ row: [String], _ name: String) throws -> String {
      row[try #require(header.firstIndex(of: name))]
    }
    let paths = try rows.dropFirst().map { try cell($0, "path") }
    let outcome = try expectSuccess(
      await cld(["predict", "--head", run.head, "--model", run.model, "--no-transcribe"] + paths))
    let lines = try outcome.outputLines.map { try json($0) }
    #expect(lines.compactMap { $0["path"]?.string } == paths)
    for (row, line) in zip(rows.dropFirst(), lines) {
      #expect(line["language"]?.string == (try cell(row, "predicted_cld")))
      #expect(line["text"] == nil)
      let radius = try #require(line["radius"]?.double)
      if try cell(row, "predicted_cld") == cell(row, "language") {
        // One row and several are multiplied in another order: sums of 64 products rounded to float32, some
        // 1e-6 of the logits, whose difference may be a hundredth of them.
        let written = try #require(Double(try cell(row, "radius")))
        #expect(abs(radius - written) < 1e-6 + 1e-4 * radius)
      } else {
        #expect(try cell(row, "radius") == "0.0")
      }
    }
  }

  /// transformers detects Indonesian in the fixture's clip, and writes these words in Hindi.
  @Test func modelAloneDetectsAndWrites() async throws {
    let audio = fixture("whisper-tiny-random/audio.wav")
    let detected = try expectSuccess(
      await cld("predict", "--model", SpeechModel.folder, "--no-transcribe", audio))
    #expect(try json(detected.output)["language"] == "id")
    #expect(try json(detected.output)["radius"] == nil)

    let told = try expectSuccess(
      await cld("predict", "--model", SpeechModel.folder, "--language", "hi", audio))
    let line = try json(told.output)
    #expect(line["language"] == "hi")
    #expect(line["logits"] == nil)
    // The fixture stops after 20 tokens; here the model goes on to its limit of 64.
    let expected = try json(text(of: fixture("whisper-tiny-random/expected.json")))
    guard case .array(let sequences) = expected["sequences"],
      let begin = sequences.first?["text"]?.string
    else {
      Issue.record("no sequences")
      return
    }
    let start = begin.trimmingCharacters(in: .whitespaces)
    #expect(line["text"]?.string?.hasPrefix(start) == true, "\(line)")
  }

  @Test func filesThatAreNoAudioAreNamedAndTheOthersAnswered() async throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("text.mp3", "This is no sound.\n")
    let outcome = try await cld(
      "predict", "--head", run.head, "--model", run.model, text, folder("no.mp3"), clip)
    #expect(outcome.status == 65)
    let lines = try outcome.outputLines.map { try json($0) }
    #expect(lines.compactMap { $0["path"]?.string } == [text, folder("no.mp3"), clip])
    #expect(lines[0]["error"]?.string?.hasPrefix("no audio can be decoded") == true)
    #expect(lines[1]["error"]?.string?.hasPrefix("cannot be read") == true)
    #expect(lines[2]["language"]?.string != nil)
    #expect(
      outcome.error
        == "cld-train: error: 2 of 3 files were not answered; their lines say why ('error')\n")
  }

  @Test func languagesThatTheModelCannotWrite() async throws {
    expectRefusal(
      try await cld("predict", "--model", run.model, "--language", "xx", clip), 65, naming: "'xx'",
      run.model, "it knows en, ")
  }

  // MARK: Heads that do not fit

  @Test func headsOfAnotherEncoder() async throws {
    let languages = ["en", "hi", "id"]
    let narrow = try SpeechModel.writeHead(
      to: run.folder("narrow.safetensors"), languages: languages, width: 32)
    let foreign = try SpeechModel.writeHead(
      to: run.folder("foreign.safetensors"), languages: languages, encoder: "whisper/00ff/mean")
    let rival = try await rivalHead(languages: languages, encoder: "whisper/00ff/mean")
    let named = "trained on the encoder whisper/00ff/mean, this one is whisper/"
    for (head, word) in [(narrow, "width 32"), (foreign, named), (rival, named)] {
      expectRefusal(
        try await cld("predict", "--head", head, "--model", run.model, clip), 65, naming: head,
        word)
      let output = run.folder("refused")
      expectRefusal(
        try await cld(
          "evaluate", "--config", run.config, "--head", head, "--output", output, "--quiet",
          "--log-level", "error"), 65, naming: head, word)
      #expect(!exists(output))
    }
  }

  /// A kNN on embeddings that say they are of another encoder, with as many numbers.
  private func rivalHead(languages: [String], encoder: String) async throws -> String {
    var file = SafetensorsWriter(metadata: [
      "languages": languages.joined(separator: ","), "encoder": encoder,
    ])
    let (rows, width) = (languages.count, SpeechModel.width)
    file.add(
      "embeddings", shape: [rows, width], floats: (0..<(rows * width)).map { Float($0 % 7) })
    file.add("labels", shape: [rows], int32s: (0..<rows).map(Int32.init))
    try file.write(to: run.folder("foreign-rows.safetensors"))
    try expectSuccess(
      await cld(
        "train", "--embeddings", run.folder("foreign-rows.safetensors"), "--head", "knn",
        "--output", run.folder("foreign-rival"), "--set", "evaluation.knn.k=1", "--set",
        "evaluation.knn.metric=cosine", "--set", "evaluation.knn.weights=uniform"))
    return run.folder("foreign-rival/head-knn.safetensors")
  }

  @Test func headsOfOtherLanguages() async throws {
    let output = run.folder("refused-languages")
    for languages in [["en", "hi"], ["en", "hi", "ms"], ["hi", "en", "id"]] {
      let head = try SpeechModel.writeHead(
        to: run.folder("\(languages.joined()).safetensors"), languages: languages)
      expectRefusal(
        try await cld("evaluate", "--config", run.config, "--head", head, "--output", output), 65,
        naming: head, languages.joined(separator: ","), "en,hi,id")
    }
    #expect(!exists(output))
  }

  @Test func headsThatAreMissingOrNone() async throws {
    expectRefusal(
      try await cld("predict", "--head", "/no/head", "--model", run.model, clip), 66,
      naming: "/no/head")
    let text = try run.folder.write("head.txt", "no head")
    expectRefusal(
      try await cld("predict", "--head", text, "--model", run.model, clip), 65, naming: text)
    let weights = run.model + "/model.safetensors"
    expectRefusal(
      try await cld("predict", "--head", weights, "--model", run.model, clip), 65, naming: weights,
      "'theta1'")
  }
}
