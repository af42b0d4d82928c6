import Foundation
import GRDB
import TestFolders
import Testing

/// Runs that are ended in the middle, and the ones that go on from there.
@Suite struct InterruptionTests {
  private static let languages = ["en": "", "hi": "", "id": "", "ms": "", "zh": ""]
  /// The fixture's good clips.
  private static let clips = 20

  private let folder: TemporaryFolder
  private let config: String

  init() throws {
    folder = try TemporaryFolder()
    // Long enough that a busy machine notices the second clip before the last one is done.
    try SpeechModel.writeShort(to: folder("model"), seconds: 12)
    config = try folder.write(
      "config.json",
      SampleConfig.make(model: "model", output: folder("out"), languages: Self.languages))
  }

  private func cachedRows() -> Int {
    let path = folder("cache.sqlite")
    var configuration = Configuration()
    configuration.readonly = true
    guard exists(path), let queue = try? DatabaseQueue(path: path, configuration: configuration)
    else { return 0 }
    return (try? queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM embeddings") }) ?? 0
  }

  /// Starts to embed, and sends `signal` when a few clips are done and most are not.
  private func interrupt(with signal: Int32) async throws -> (outcome: Outcome, rows: Int) {
    await Turnstile.shared.enter()
    let process = try CLD(["embed", "--config", config])
    while process.isRunning, cachedRows() < 2 { try await Task.sleep(for: .milliseconds(2)) }
    process.send(signal)
    let outcome = try await process.outcome()
    await Turnstile.shared.leave()
    let rows = cachedRows()
    try #require(rows >= 2 && rows < Self.clips, "\(rows) rows: \(outcome.error)")
    return (outcome, rows)
  }

  private func expectCompletion(from rows: Int) async throws {
    let outcome = try expectSuccess(await cld("embed", "--config", config))
    #expect(
      outcome.error.contains("\(Self.clips) clips embedded (\(rows) from the cache), 3 skipped"),
      "\(rows) rows: \(outcome.error)")
    #expect(cachedRows() == Self.clips)
  }

  @Test func killedRunsLoseNothingThatWasDone() async throws {
    let (outcome, rows) = try await interrupt(with: SIGKILL)
    #expect(outcome.wasKilled && outcome.status == SIGKILL)
    try await expectCompletion(from: rows)
    try expectSuccess(await cld("--config", config, "--quiet"))
    #expect(exists(folder("out/report.json")))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func interruptedRunsStopAndGoOn(_ signal: Int32) async throws {
    let (outcome, rows) = try await interrupt(with: signal)
    #expect(!outcome.wasKilled)
    #expect(outcome.status == 130)
    #expect(outcome.output == "")
    #expect(outcome.error.contains("cld-train: error: stopped after"))
    #expect(!exists(folder("out/skipped.tsv")))
    try await expectCompletion(from: rows)
  }

  /// A solver that would run for hours stops after the iteration in hand, and leaves no head.
  @Test func interruptedTrainingLeavesNoHead() async throws {
    let file = try SmallProblem().write(to: folder("train.safetensors"))
    await Turnstile.shared.enter()
    let process = try CLD([
      "train", "--embeddings", file, "--output", folder("out"), "--set", "cronos.neurons=2",
      "--set", "cronos.rank=2", "--set", "cronos.admm_iters=1000000",
    ])
    let trace = folder("out/trace.jsonl")
    while process.isRunning, (try? text(of: trace))?.isEmpty != false {
      try await Task.sleep(for: .milliseconds(5))
    }
    process.send(SIGINT)
    let outcome = try await process.outcome()
    await Turnstile.shared.leave()
    #expect(outcome.status == 130 && !outcome.wasKilled)
    #expect(outcome.error.contains("no head was written"))
    #expect(!exists(folder("out/head.safetensors")) && !exists(folder("out/report.json")))
  }
}
