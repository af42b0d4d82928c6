import Evaluation
import Foundation
import TensorFiles
import TestFolders
import Testing

/// `run` on the common-voice fixture, and the commands that go on from a run.
@Suite(.finishedRun) struct RunTests {
  private let run: FinishedRun.Result
  private let folder: TemporaryFolder

  init() throws {
    run = try FinishedRun.result()
    folder = try TemporaryFolder()
  }

  @Test func everyFileOfTheFolderIsThere() throws {
    try expectSuccess(run.outcome)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: run.output).sorted() == [
        "config.json", "head.safetensors", "predictions.tsv", "report.html", "report.json",
        "report.md", "skipped.tsv", "split.jsonl", "trace.jsonl",
      ])
    // The table, then the report's path.
    #expect(run.outcome.output.contains("CLD"))
    #expect(run.outcome.outputLines.last == "report: \(run.output)/report.html")
    #expect(exists(run.folder("cache.sqlite")))
  }

  @Test func reportHasItsKeys() throws {
    let report = try json(text(of: run.output + "/report.json"))
    for key in ReportKeys.all { #expect(report.at(key) != nil, "\(key)") }
    for key in [
      "detection.accuracy", "transcription.wer", "transcription.cer", "flops.encoder.counted",
      "flops.solver.counted", "flops.decoder.counted", "flops.paper_convention_tflops",
      "timing.embed_s", "timing.train_s", "timing.evaluate_s", "solver.objective",
    ] {
      #expect(report.at(key)?.double != nil, "\(key)")
    }
    // Of each language four clips are good, or one more is found bad only when it is decoded.
    #expect(report.at("data.skipped") == 3)
    #expect(report.at("data.test") == 3)
    guard case .array(let heads) = report["heads"] else {
      Issue.record("no list of heads")
      return
    }
    #expect(
      heads.compactMap { $0["name"]?.string } == ["cld", "default", "default-restricted", "oracle"])
    #expect(heads.last?.at("detection.accuracy") == 1)
  }

  /// The rows of a split with their labels, out of the cache and back into `train`: the same head bit
  /// for bit.
  @Test(arguments: ["npz", "safetensors", "npy"])
  func cacheWithLabels(format: String) async throws {
    let (rows, output) = (folder("train." + format), folder("out"))
    try expectSuccess(
      await cld(
        "cache", "export", run.folder("cache.sqlite"), "--clips", run.output + "/split.jsonl",
        "--split", "train", "--output", rows))
    let companions =
      format == "npy"
      ? ["--labels", folder("train.labels.npy"), "--languages", "en,hi,id"] : []
    let settings = [
      "neurons=4", "rank=4", "admm_iters=3", "pcg_iters=4", "opt_seed=1", "method=nystrom-pcg",
    ].flatMap { ["--set", "cronos." + $0] }
    try expectSuccess(
      await cld(["train", "--embeddings", rows, "--output", output] + companions + settings))
    let ours = try SafetensorsFile(path: output + "/head.safetensors")
    let theirs = try SafetensorsFile(path: run.head)
    #expect(ours.metadata["languages"] == theirs.metadata["languages"])
    #expect(try ours.floats("theta1") == theirs.floats("theta1"))

    let none = try folder.write("none.jsonl", "{\"path\": \"/no.mp3\"}\n")
    expectRefusal(
      try await cld(
        "cache", "export", run.folder("cache.sqlite"), "--clips", none, "-o", rows), 65,
      naming: "none.jsonl:1")
  }

  /// The card of a run that wrote texts, with its error rates.
  @Test func modelCardOfARun() async throws {
    try expectSuccess(
      await cld("export", "--model-card", run.output, "--output", folder("README.md")))
    let card = try text(of: folder("README.md"))
    let wer = try #require(
      try json(text(of: run.output + "/report.json")).at("transcription.wer")?.double)
    #expect(card.contains("    - type: wer\n      value: \((wer * 100).rounded() / 100)\n"))
    #expect(card.contains("Measured on the test split, 3 clips."))
    #expect(card.contains("WER and CER are of the whole list"))
  }

  @Test func headAndTraceAreOfTheConfig() throws {
    let head = try SafetensorsFile(path: run.head)
    #expect(head.entry("theta1")?.shape == [3, SpeechModel.width, 8])
    #expect(head.entry("theta2")?.shape == [3, 8])
    #expect(head.metadata["languages"] == "en,hi,id")
    #expect(head.metadata["encoder"]?.hasPrefix("whisper/") == true)
    #expect(head.metadata["opt_seed"] == "1")
    #expect(head.metadata["data_seed"] == "8")
    #expect(try text(of: run.output + "/trace.jsonl").split(separator: "\n").count == 3)
  }

  @Test func badClipsAreNamedWithTheirReasons() throws {
    let rows = try table(of: run.output + "/skipped.tsv")
    #expect(rows.first == ["path", "language", "reason"])
    let reasons = Dictionary(
      uniqueKeysWithValues: rows.dropFirst().map {
        (URL(fileURLWithPath: $0[0]).lastPathComponent, $0[1] + ": " + $0[2])
      })
    #expect(
      reasons.keys.sorted() == [
        "common_voice_en_23604762.mp3", "common_voice_hi_18194974.mp3",
        "common_voice_id_13412848.mp3",
      ])
    #expect(reasons["common_voice_en_23604762.mp3"] == "en: file does not exist")
    #expect(reasons["common_voice_id_13412848.mp3"] == "id: file of zero bytes")
    #expect(reasons["common_voice_hi_18194974.mp3"]?.hasPrefix("hi: no audio") == true)
  }

  @Test func predictionsHaveALineForEachTestClip() throws {
    let rows = try table(of: run.output + "/predictions.tsv")
    let header = try #require(rows.first)
    for column in [
      "path", "language", "predicted_cld", "predicted_default", "margin", "radius", "reference",
      "hypothesis_cld",
    ] {
      #expect(header.contains(column), "\(column)")
    }
    #expect(rows.dropFirst().map { $0[1] }.sorted() == ["en", "hi", "id"])
    #expect(rows.allSatisfy { $0.count == header.count })
  }

  @Test func aSecondRunTakesAllFromTheCacheAndGivesTheSame() async throws {
    let other = run.folder("second")
    let outcome = try expectSuccess(
      await cld("run", "--config", run.config, "--output", other, "--json"))
    #expect(outcome.error.contains("12 clips embedded (12 from the cache), 3 skipped"))
    #expect(
      try text(of: other + "/predictions.tsv") == text(of: run.output + "/predictions.tsv"))
    let heads = try [run.head, other + "/head.safetensors"].map {
      try Data(contentsOf: URL(fileURLWithPath: $0))
    }
    #expect(heads[0] == heads[1])
    // The counts do not depend on what was cached.
    let (first, second) = (
      try json(text(of: run.output + "/report.json")), try json(outcome.output)
    )
    for key in ["encoder", "solver", "decoder"].map({ "flops.\($0).counted" }) {
      #expect(first.at(key) == second.at(key), "\(key)")
    }
  }

  @Test func configOfTheFolderReadsBackAsItself() async throws {
    let saved = run.output + "/config.json"
    let again = run.folder("again")
    try expectSuccess(await cld("train", "--config", saved, "--output", again))
    let (first, second) = (
      try json(text(of: saved)), try json(text(of: again + "/config.json"))
    )
    for key in ["corpus", "cronos", "evaluation", "encoder", "cache"] {
      #expect(first[key] == second[key], "\(key)")
    }
    try expectSuccess(await cld("--config", saved, "--resume", "--quiet"))
    expectRefusal(
      try await cld("--config", saved, "--resume", "--set", "cronos.rho=0.5"), 65, naming: saved)
    let none = run.folder("no-run")
    expectRefusal(
      try await cld("--config", saved, "--resume", "--output", none), 66, naming: none,
      "leave out --resume")
    #expect(!exists(none))
  }

  @Test func evaluateGivesTheRunsOwnFigures() async throws {
    let outcome = try expectSuccess(
      await cld(
        "evaluate", "--config", run.config, "--head", run.head, "--output", run.folder("eval"),
        "--json"))
    let (ours, runs) = (
      try json(outcome.output), try json(text(of: run.output + "/report.json"))
    )
    #expect(ours["detection"] == runs["detection"])
    #expect(ours["transcription"] == runs["transcription"])
    #expect(ours["solver"] == .null)
    #expect(ours["main_head"] == "cld")
  }

  @Test func evaluateDefaultHasNoTrainedHead() async throws {
    let outcome = try expectSuccess(
      await cld(
        "evaluate", "--config", run.config, "--head", "default", "--output", run.folder("default"),
        "--json"))
    let report = try json(outcome.output)
    #expect(report["main_head"] == "default")
    #expect(report["certificate"] == .null)
    #expect(report.at("detection.accuracy")?.double != nil)
    #expect(!exists(run.folder("default/head.safetensors")))
  }

  /// Upstream's file has neither corpus nor encoder: both come from the command line.
  @Test func upstreamsDataConfigIsTaken() async throws {
    let data = JSONValue.object(SampleConfig.data(languages: ["en": "", "hi": ""], samples: 4))
    let config = try run.folder.write("upstream.json", data)
    let settings = [
      "corpus.root=\(SampleConfig.corpusRoot)", "corpus.data_seed=8", "encoder.path=\(run.model)",
      "cache=\(run.folder("cache.sqlite"))", "cronos.neurons=4", "cronos.rank=4",
    ]
    let outcome = try expectSuccess(
      await cld(
        ["train", "--config", config, "--output", run.folder("upstream")]
          + settings.flatMap { ["--set", $0] }))
    #expect(outcome.output.contains(run.folder("upstream/head.safetensors")))
    let head = try SafetensorsFile(path: run.folder("upstream/head.safetensors"))
    #expect(head.metadata["languages"] == "en,hi")
  }
}
