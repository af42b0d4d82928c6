import Evaluation
import Foundation
import TestFolders
import Testing

/// What `run`, `evaluate`, `predict` and `compare` say of unusual test clips and of several heads.
@Suite(.finishedRun) struct EvaluationTests {
  private let run: FinishedRun.Result

  init() throws { run = try FinishedRun.result() }

  /// One value for each setting: the fixture's validation split is too small to search by.
  private static let fixed = [
    "evaluation.knn.k=1", "evaluation.knn.metric=cosine", "evaluation.knn.weights=uniform",
    "evaluation.linear_svm.C=1", "evaluation.kernel_svm.C=1", "evaluation.kernel_svm.kernel=rbf",
    "evaluation.kernel_svm.gamma=scale", "evaluation.nn.epochs=2",
    "evaluation.nn.learning_rate=0.001", "evaluation.nn.weight_decay=0", "evaluation.nn.hidden=8",
  ].flatMap { ["--set", $0] }

  @Test func allHeadsInOneRunAndAgainFromTheirFiles() async throws {
    let names = ["cld", "nn", "kernel-svm", "linear-svm", "knn"]
    let output = run.folder("all")
    let outcome = try expectSuccess(
      await cld(
        ["--config", run.config, "--output", output, "--json", "--set"]
          + ["evaluation.heads=[\"default\",\"cld\",\"nn\",\"kernel-svm\",\"linear-svm\",\"knn\"]"]
          + ["--set", "evaluation.normalisers=[\"none\",\"whisper-basic\"]"] + Self.fixed))
    let report = try json(outcome.output)
    guard case .array(let heads) = report["heads"], case .array(let tests) = report["comparisons"]
    else {
      Issue.record("no heads")
      return
    }
    #expect(
      heads.compactMap { $0["name"]?.string }
        == names + ["default", "default-restricted", "oracle"])
    #expect(tests.count == 7 * 6 / 2)
    for head in heads.prefix(5) {
      #expect(head.at("training.seconds")?.double != nil)
      #expect(head.at("detection.interval.lower")?.double != nil)
      #expect(head.at("transcription.wer_interval.upper")?.double != nil)
      #expect(head.at("transcription.normalised.whisper-basic.wer")?.double != nil)
    }
    let page = try text(of: output + "/report.html")
    for title in ["kernel SVM", "linear SVM", "kNN", "NN", "oracle"] {
      #expect(page.contains(title))
    }

    // A rival's file evaluates to the run's own row, and predicts.
    let file = output + "/head-knn.safetensors"
    let again = try json(
      try expectSuccess(
        await cld(
          "evaluate", "--config", run.config, "--head", file, "--output", run.folder("again"),
          "--json")
      ).output)
    #expect(again["main_head"] == "knn")
    #expect(again["detection"] == heads[4]["detection"])
    #expect(again["certificate"] == .null)
    let clip = fixture("common-voice/en/clips/common_voice_en_19711417.mp3")
    let line = try json(
      try expectSuccess(
        await cld("predict", "--head", file, "--model", run.model, "--no-transcribe", clip)
      ).output)
    #expect(line.at("logits.en")?.double != nil)
    #expect(line["radius"] == nil)

    // Both runs side by side, on the same clips.
    let compared = try json(
      try expectSuccess(await cld("compare", output, run.folder("again"), "--json")).output)
    guard case .array(let list) = compared["tests"] else {
      Issue.record("no tests")
      return
    }
    #expect(list.first?["clips"] == 3)
    let table = try expectSuccess(await cld("compare", output, run.output))
    #expect(table.output.contains("McNemar p"))
    expectRefusal(
      try await cld("compare", output, run.folder("nowhere")), 66, naming: "nowhere/report.json")

    // For other languages: both are named.
    let two = try run.folder.write(
      "two.json", SampleConfig.make(model: run.model, output: run.folder("two")))
    expectRefusal(
      try await cld("evaluate", "--config", two, "--head", file), 65, naming: file, "en,hi,id",
      "en,hi")
  }

  @Test func noTranscriptsIsDetectionOnlyAndSaidSo() async throws {
    let corpus = run.folder("silent")
    let files = FileManager.default
    try files.createDirectory(atPath: corpus, withIntermediateDirectories: true)
    for language in ["en", "hi"] {
      try files.copyItem(
        atPath: SampleConfig.corpusRoot + "/" + language, toPath: corpus + "/" + language)
      let rows = try table(of: corpus + "/\(language)/validated.tsv")
      let column = try #require(rows[0].firstIndex(of: "sentence"))
      let silent = rows.enumerated().map { index, row in
        var row = row
        if index > 0 { row[column] = "" }
        return row.joined(separator: "\t") + "\n"
      }
      try Data(silent.joined().utf8).write(
        to: URL(fileURLWithPath: corpus + "/\(language)/validated.tsv"))
    }
    let config = try run.folder.write(
      "silent.json",
      SampleConfig.make(model: run.model, output: run.folder("silent-out"), root: corpus))
    let outcome = try expectSuccess(await cld("--config", config))
    #expect(outcome.error.contains("No test clip has a transcript"))
    #expect(outcome.output.contains("detection only, no text was decoded"))
    let report = try json(text(of: run.folder("silent-out/report.json")))
    #expect(report["transcription"] == .null)
    #expect(report.at("detection.accuracy")?.double != nil)
    #expect(
      try text(of: run.folder("silent-out/report.html")).contains("No test clip has a transcript"))
  }

  /// Ten clips of which one is tested.
  @Test func oneTestedLanguageIsSaid() async throws {
    let config = try run.folder.write(
      "one.json", SampleConfig.make(model: run.model, output: run.folder("one")))
    let outcome = try expectSuccess(
      await cld(
        "--config", config, "--json", "--set", "corpus.stratify=false", "--set",
        "corpus.params.split={\"train\":0.8,\"val\":0.1,\"test\":0.1}", "--set",
        "cache=\(run.folder("cache.sqlite"))"))
    let report = try json(outcome.output)
    #expect(report.at("data.test") == 1)
    #expect(outcome.error.contains("All test clips are in one language"))
    #expect(
      try text(of: run.folder("one/report.html")).contains("All test clips are in one language"))
  }
}
