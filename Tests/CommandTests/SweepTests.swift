import Evaluation
import Foundation
import GRDB
import TensorFiles
import TestFolders
import Testing

/// `sweep` on embeddings of the solver's fixtures, and on the fixture corpus.
@Suite struct SweepTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let problem = try SolverProblem("multi-300x24")
    _ = try problem.write("X", "y", to: folder("train.safetensors"))
    _ = try problem.write("Xval", "yval", to: folder("validation.safetensors"))
  }

  /// 3 × 2 × 2 trials.
  private func config(_ changes: [String: JSONValue] = [:]) throws -> String {
    var members: [String: JSONValue] = [
      "embeddings": "train.safetensors", "validation": "validation.safetensors",
      "set": ["cronos.neurons": 8, "cronos.admm_iters": 6, "cronos.method": "direct"],
      "space": [
        "cronos.beta": ["scale": "log", "low": 0.0001, "high": 0.01, "steps": 3],
        "cronos.rho": [0.02, 0.1],
        "cronos.gamma_ratio": ["scale": "linear", "low": 1, "high": 1.5, "steps": 2],
      ],
      "output": .string(folder("sweep")),
    ]
    members.merge(changes) { $1 }
    return try folder.write("sweep.json", .object(members))
  }

  private func rows(_ sql: String) throws -> [Row] {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(20)
    return try DatabaseQueue(path: folder("sweep/sweep.sqlite"), configuration: configuration)
      .read { try Row.fetchAll($0, sql: sql) }
  }

  private func ended() -> Int {
    guard exists(folder("sweep/sweep.sqlite")) else { return 0 }
    return (try? rows("SELECT count(*) FROM results"))?.first?[0] ?? 0
  }

  @Test func bestHeadIsThatOfTrainingWithItsSettings() async throws {
    let config = try config()
    let outcome = try expectSuccess(await cld("sweep", "--config", config, "--json"))
    let result = try json(outcome.output)
    guard case .array(let trials)? = result["trials"] else {
      Issue.record("no trials: \(outcome.output)")
      return
    }
    #expect(trials.count == 12 && trials.allSatisfy { $0["state"] == "done" })
    let values = trials.compactMap { $0["value"]?.double }
    #expect(values.count == 12)
    let best = try #require(result["best"]?.wholeNumber)
    #expect(values[best] == values.max())
    // What the best trial was found with is what train, and the sweep's own last run, give.
    try expectSuccess(
      await cld(
        "train", "--config", folder("sweep/best.json"), "--embeddings",
        folder("train.safetensors"), "--validation", folder("validation.safetensors"),
        "--output", folder("again")))
    let report = try json(text(of: folder("again/report.json")))
    #expect(report.at("detection.accuracy")?.double == values[best])
    let (a, b) = (
      try SafetensorsFile(path: folder("again/head.safetensors")).floats("theta1"),
      try SafetensorsFile(path: folder("sweep/best/head.safetensors")).floats("theta1")
    )
    #expect(relativeDistance(a, b) < 1e-5)  // sums of threads may differ in the last digits
    let page = try text(of: folder("sweep/report.html"))
    for part in ["Best settings", "All settings", "Importance", "cronos.beta", "</html>"] {
      #expect(page.contains(part), "\(part)")
    }
    let shown = try expectSuccess(await cld("sweep", "show", "--config", config))
    #expect(shown.outputLines.count == 14 && shown.outputLines[13] == "12 trials: 12 done")
    #expect(shown.outputLines[1].hasPrefix("\(best) "))
    // A sweep that is over has nothing more to do.
    let before = try rows("SELECT * FROM results")
    try expectSuccess(await cld("sweep", "--config", config))
    #expect(try rows("SELECT * FROM results") == before)
  }

  @Test func halvingEndsWithFullTrials() async throws {
    let config = try config(["halving": ["min_iterations": 1, "factor": 3]])
    try expectSuccess(await cld("sweep", "--config", config))
    let counts = try rows(
      "SELECT rung, iterations, count(*) FROM results GROUP BY rung ORDER BY rung")
    #expect(counts.map { $0[1] as Int } == [1, 3, 6] && counts.map { $0[2] as Int } == [12, 4, 2])
    // What was paused on the way is what a whole training gives.
    let best = try #require(
      try rows("SELECT value FROM trials WHERE state = 'done' ORDER BY value DESC").first)
    let report = try json(text(of: folder("sweep/best/report.json")))
    #expect(report.at("detection.accuracy")?.double == best[0] as Double)
    #expect(try text(of: folder("sweep/report.html")).contains("Rung by rung"))
  }

  /// Killed in the middle, it goes on, and what had ended is not done again.
  @Test func killedSweepsGoOn() async throws {
    let config = try slowConfig()
    await Turnstile.shared.enter()
    let process = try CLD(["sweep", "--config", config])
    while process.isRunning, ended() < 3 { try await Task.sleep(for: .milliseconds(5)) }
    process.send(SIGKILL)
    let killed = try await process.outcome()
    await Turnstile.shared.leave()
    #expect(killed.wasKilled)
    let before = try rows("SELECT * FROM results ORDER BY trial, rung")
    try #require(before.count >= 3 && before.count < 40, "\(before.count): \(killed.error)")
    try expectSuccess(await cld("sweep", "--config", config))
    let after = try rows("SELECT * FROM results ORDER BY trial, rung")
    #expect(after.count == 40 && before.allSatisfy(after.contains))
    let attempts = try rows("SELECT attempts FROM trials").map { $0[0] as Int }
    // The one that was under way was begun twice.
    #expect(attempts.reduce(0, +) <= 41)
    #expect(exists(folder("sweep/best/report.json")))
  }

  /// 40 trials of some tenths of a second each in a debug build.
  private func slowConfig(_ changes: [String: JSONValue] = [:]) throws -> String {
    var slow: [String: JSONValue] = ["search": ["kind": "halton", "trials": 40]]
    slow["set"] = ["cronos.neurons": 24, "cronos.admm_iters": 20, "cronos.method": "direct"]
    return try config(slow.merging(changes) { $1 })
  }

  @Test func processesShareTheTrials() async throws {
    let config = try slowConfig(["halving": ["min_iterations": 5, "factor": 4]])
    await Turnstile.shared.enter()
    let processes = try (0..<3).map { _ in try CLD(["sweep", "--config", config]) }
    for process in processes { try expectSuccess(try await process.outcome()) }
    await Turnstile.shared.leave()
    // results has a row for each rung that ended: a second one would have been refused.
    #expect(try rows("SELECT * FROM results").count == 40 + 10)
    #expect(try rows("SELECT DISTINCT owner FROM results").count > 1)
    let trials = try rows("SELECT attempts, rung, state FROM trials")
    #expect(trials.allSatisfy { $0["attempts"] as Int == ($0["rung"] as Int) + 1 }, "begun once")
    #expect(trials.count { $0["state"] as String == "done" } == 10)
    // Alone it gives the same trials the same values.
    let shared = try rows("SELECT trial, rung, value FROM results ORDER BY trial, rung")
    try FileManager.default.removeItem(atPath: folder("sweep"))
    try expectSuccess(await cld("sweep", "--config", config))
    #expect(try rows("SELECT trial, rung, value FROM results ORDER BY trial, rung") == shared)
  }

  @Test func failedTrialsAreKept() async throws {
    let config = try config([
      "space": ["cronos.gamma_ratio": [1, 2.5], "cronos.rho": [0.1, -1]]
    ])
    let outcome = try expectSuccess(await cld("sweep", "--config", config))
    let trials = try rows("SELECT state, reason FROM trials ORDER BY number")
    #expect(trials.map { $0["state"] as String } == ["done", "failed", "failed", "failed"])
    #expect(outcome.output.contains("cronos.gamma_ratio is 2.5: needs above 0 and below 2"))
    #expect(outcome.output.contains("cronos.rho is -1"))
    #expect(try text(of: folder("sweep/report.html")).contains("Failed trials"))
    let hopeless = try self.config([
      "space": ["cronos.rho": [-1, -2]], "output": .string(folder("none")),
    ])
    let refused = try await cld("sweep", "--config", hopeless, "--quiet")
    #expect(refused.status == 65 && refused.error.contains("all 2 trials failed; the first"))
  }

  @Test func seedsAndParzenEstimators() async throws {
    let config = try config([
      "search": ["kind": "tpe", "trials": 13], "seeds": [1, 2, 3],
      "objective": ["metric": "solver.objective"],
    ])
    try expectSuccess(await cld("sweep", "--config", config))
    let trials = try rows("SELECT value, seeds FROM trials")
    #expect(trials.count == 13)
    for trial in trials {
      let seeds = try JSONDecoder().decode(
        [Double].self, from: Data((trial["seeds"] as String).utf8))
      #expect(Set(seeds).count == 3)
      // A mean of three in another order: three roundings of 1.1e-16 here and there.
      let value: Double = trial["value"]
      #expect(abs(seeds.reduce(0, +) / 3 - value) <= 1e-15 * value)
    }
    // The objective is minimised where nothing is said.
    let values = trials.map { $0["value"] as Double }
    let report = try json(text(of: folder("sweep/best/report.json")))
    let shown = try json(try await cld("sweep", "show", "--config", config, "--json").output)
    let best = try #require(shown["best"]?.wholeNumber)
    #expect(values[best] == values.min() && report.at("solver.objective")?.double != nil)
  }

  @Test func rivalHeads() async throws {
    let config = try config([
      "head": "linear-svm", "set": [:], "space": ["evaluation.linear_svm.C": [0.01, 1, 100]],
    ])
    try expectSuccess(await cld("sweep", "--config", config))
    #expect(try rows("SELECT * FROM trials WHERE state = 'done'").count == 3)
    #expect(exists(folder("sweep/best/head-linear-svm.safetensors")))
  }

  @Test(
    arguments: [
      (["space": ["cronos.bta": [1]]], "did you mean 'cronos.beta'"),
      (["space": ["cronos.beta": ["low": 2, "high": 1]]], "'space.cronos.beta.high'"),
      (
        ["space": ["cronos.beta": ["scale": "log", "low": 0, "high": 1]]], "'space.cronos.beta.low'"
      ),
      (["space": [:]], "'space' is empty"),
      (["search": ["kind": "random"]], "'search.trials' is missing"),
      (["search": ["kind": "tpe", "trials": 4], "halving": [:]], "'halving'"),
      (["halving": ["factor": 1]], "'halving.factor' is 1"),
      (["objective": ["metric": "accuracy"]], "'objective.metric'"),
      (["objective": ["metric": "transcription.wer"]], "have no text"),
      (["objective": ["metric": "detection.acuracy"]], "the path of a number in report.json"),
      (["head": "svm"], "'head'"), (["seeds": [1, 1]], "'seeds'"),
      (["head": "knn", "seeds": [1, 2]], "draws nothing"),
      (["sed": 1], "did you mean 'set'"), (["validation": .null], "'validation' is missing"),
      (["set": ["cronos.beta": "x"]], "'cronos.beta'"),
    ] as [([String: JSONValue], String)])
  func wrongConfigs(_ changes: [String: JSONValue], _ words: String) async throws {
    let outcome = try await cld("sweep", "--config", config(changes), "--quiet")
    expectRefusal(outcome, 65, naming: words)
  }

  @Test func otherRefusals() async throws {
    let config = try config()
    let unmade = try await cld("sweep", "show", "--config", config)
    expectRefusal(unmade, 66, naming: "no such sweep")
    #expect(!exists(folder("sweep")))
    let missing = try await cld(
      "sweep", "--config", config, "--set", "validation=/none.safetensors")
    expectRefusal(missing, 66, naming: "/none.safetensors")
    try expectSuccess(await cld("sweep", "--config", config, "--quiet"))
    let other = try await cld(
      "sweep", "--config", config, "--set", "space={\"cronos.beta\":[1]}", "--quiet")
    expectRefusal(other, 65, naming: "trials of another sweep (space differ)")
  }

  /// The whole way on clips: the test clips are encoded only for the best setting's run.
  @Test func corpusSweep() async throws {
    try SpeechModel.writeShort(to: folder("model"))
    let base = SampleConfig.make(
      model: "model", output: folder("unused"), languages: ["en": "", "hi": "", "id": ""])
    try folder.write("base.json", base)
    let config = try folder.write(
      "corpus.json",
      [
        "config": "base.json", "output": .string(folder("sweep")),
        "space": ["cronos.beta": [0.001, 0.1], "encoder.level": ["none", "upstream"]],
        "objective": ["metric": "transcription.wer"], "evaluate_best": false,
      ])
    try expectSuccess(await cld("sweep", "--config", config))
    #expect(try rows("SELECT * FROM trials WHERE state = 'done'").count == 4)
    #expect(!exists(folder("sweep/best")))
    let clips = try text(
      of: folder("sweep/clips-" + groupName(in: folder("sweep")) + "/split.jsonl"))
    let tested = clips.split(separator: "\n").count { $0.contains("\"split\":\"test\"") }
    let all = clips.split(separator: "\n").count
    func cached() throws -> Int {
      try DatabaseQueue(path: folder("cache.sqlite")).read {
        try Int.fetchOne($0, sql: "SELECT count(*) FROM embeddings") ?? 0
      }
    }
    // Clips that cannot be read have no row.
    let before = try cached()
    #expect(tested > 0 && before > 0 && before <= 2 * (all - tested))
    // The setting's own run is a run like any other, and the first that encodes the test clips.
    try expectSuccess(await cld("--config", folder("sweep/best.json"), "--quiet"))
    #expect(exists(folder("sweep/best/report.json")))
    #expect(try cached() > before)
  }

  private func groupName(in folder: String) throws -> String {
    let name = try FileManager.default.contentsOfDirectory(atPath: folder)
      .first { $0.hasPrefix("clips-") }
    return String(try #require(name).dropFirst("clips-".count))
  }
}
