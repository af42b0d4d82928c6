import Dispatch
import Evaluation
import Foundation
import LinearAlgebra
import Sweeps

/// A sweep's way through: trials until there are none left, then the best setting's own run.
///
/// Any number of processes may do this on one folder at the same time.
struct SweepPipeline {
  let config: SweepConfig
  let console: Console
  private let store: TrialStore

  /// Checks that what all trials need is there, and opens the store of trials.
  init(_ config: SweepConfig, console: Console) throws {
    (self.config, self.console) = (config, console)
    switch config.source {
    case .corpus: try MissingInputs.require(RunConfig(tree: config.base))
    case .files(let embeddings, let validation, let test):
      for path in [embeddings, validation] + (test.map { [$0] } ?? [])
      where !FileManager.default.fileExists(atPath: path) {
        throw CommandError(.missingInput, "\(path): no such file")
      }
    }
    try config.folder.make()
    store = try TrialStore(path: config.storePath, definition: config.definition)
    let sampler = config.plan.sampler
    if sampler.search.isFixed { try store.plan(sampler.trials(config.plan.count)) }
  }

  /// - Returns: what the sweep found.
  func run() async throws -> SweepReport {
    let renewal = LeaseRenewal(store)
    defer { renewal.end() }
    try await doTrials()
    try await finish()
    let report = try SweepReport(store, config)
    try report.writeHTML(to: config.folder.path("report.html"))
    return report
  }

  // MARK: Trials

  private func doTrials() async throws {
    let runner = TrialRunner(config, console: console)
    let progress = console.progress("sweep", total: config.plan.count)
    defer { progress.finish() }
    var (rung, written) = (0, ContinuousClock.now)
    while true {
      try refuseInterruption()
      switch try store.claim(config.plan, preferring: runner.preference) {
      case .over: return
      case .later: try await Task.sleep(for: .milliseconds(100))
      case .trial(let trial):
        if trial.rung != rung {
          rung = trial.rung
          runner.keep(Set(try store.trials().filter { !$0.isOver }.map(\.number)))
        }
        try await run(trial, runner)
        let trials = try store.trials()
        progress.update(trials.count(where: \.isOver), note: Self.note(trials, config))
        if ContinuousClock.now - written > .seconds(10) {
          try SweepReport(store, config).writeHTML(to: config.folder.path("report.html"))
          written = .now
        }
      }
    }
  }

  private func run(_ trial: Trial, _ runner: TrialRunner) async throws {
    let start = ContinuousClock.now
    do {
      let outcome = try await runner.run(trial)
      let isLast = trial.rung >= config.rungs.count - 1
      if try !store.record(trial, outcome, isLast: isLast) {
        console.logger.warning(
          "trial \(trial.number): another process has taken it over; this result is not kept")
      }
    } catch let error where Self.isOfTrial(error) {
      console.logger.warning("trial \(trial.number) failed: \(error)")
      try store.fail(
        trial, "\(error)".replacing("\n", with: " "),
        seconds: (ContinuousClock.now - start).inSeconds)
    } catch {
      try store.release(trial)
      throw error
    }
  }

  /// Whether an error is the trial's own, so that others may do better.
  private static func isOfTrial(_ error: any Error) -> Bool {
    guard !(error is WrongObjective || error is StoreError),
      let status = (error as? any StatusProviding)?.exitStatus
    else { return false }
    return [.badData, .internal, .missingInput].contains(status)
  }

  private func refuseInterruption() throws {
    guard !InterruptFlag.isRaised else {
      throw Interrupted(advice: "run the command again to go on where it stopped")
    }
  }

  private static func note(_ trials: [Trial], _ config: SweepConfig) -> String {
    let failed = trials.count { $0.state == .failed }
    let best = trials.best(config.plan.goal)?.value.map { "best \(Float($0))" }
    return [best, failed > 0 ? "\(failed) failed" : nil].compactMap { $0 }
      .joined(separator: ", ")
  }

  // MARK: The best setting

  /// One of the processes runs the best setting; the others wait for it.
  private func finish() async throws {
    let trials = try store.trials()
    guard let best = trials.best(config.plan.goal) else {
      let reason = trials.first { $0.reason != nil }?.reason ?? "no trial"
      throw CommandError(
        .badData, "\(config.name): all \(trials.count) trials failed; the first: \(reason)")
    }
    let tree = try bestTree(best)
    try config.folder.write(JSONValue.object(tree.root), to: "best.json")
    guard config.evaluatesBest else { return }
    while try !store.finaleIsOver() {
      try refuseInterruption()
      guard try store.claimFinale() else {
        try await Task.sleep(for: .milliseconds(100))
        continue
      }
      do {
        console.logger.info("trial \(best.number) is the best: its own run follows")
        try await runBest(tree)
        try store.endFinale(isOver: true)
      } catch {
        try store.endFinale(isOver: false)
        throw error
      }
    }
  }

  /// A config that `cld-train --config`, or `train --embeddings --config`, runs.
  private func bestTree(_ best: Trial) throws -> ConfigTree {
    var tree = try config.tree(best.settings, seed: config.seeds?.first)
    try tree.set("name", to: .string(config.name + "-best"))
    try tree.set("output", to: .string(config.bestFolder))
    guard case .corpus = config.source else { return tree }
    if tree.root["cache"] == nil {
      try tree.set("cache", to: .string(try RunConfig(tree: config.base).cache))
    }
    // Paths as resolved: best.json lies in another folder than the base config.
    guard case .object(var members) = try RunConfig(tree: tree).json else { return tree }
    if let kind = config.baseline, case .object(var evaluation) = members["evaluation"] {
      evaluation["heads"] = ["default", .string(kind.rawValue)]
      members["evaluation"] = .object(evaluation)
    }
    tree.root = members
    return tree
  }

  private func runBest(_ tree: ConfigTree) async throws {
    switch config.source {
    case .corpus: _ = try await RunPipeline(RunConfig(tree: tree), console: console).run()
    case .files(let embeddings, let validation, let test):
      _ = try FileTraining(
        tree, isWholeConfig: false, embeddings: embeddings, validation: validation, test: test,
        head: config.head, output: nil, console: console
      ).run()
    }
  }
}

/// Renews this process' leases until it is told to end.
private final class LeaseRenewal {
  private let timer: any DispatchSourceTimer

  init(_ store: TrialStore) {
    let timer = DispatchSource.makeTimerSource(queue: .global())
    let interval = TrialStore.leaseSeconds / 4
    timer.schedule(deadline: .now() + interval, repeating: interval)
    // A lease that cannot be renewed once may be the next time; if not, the result is not kept.
    timer.setEventHandler { try? store.renew() }
    timer.resume()
    self.timer = timer
  }

  func end() { timer.cancel() }
}
