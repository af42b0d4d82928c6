import Baselines
import Cronos
import Evaluation
import Foundation
import LinearAlgebra
import Sweeps

/// Does trials one after the other, keeping what the next ones can use: the rows, the linear systems, and
/// trainings that may go on.
final class TrialRunner {
  private let config: SweepConfig
  private let console: Console
  private var group: Group?
  private var paused: [Paused: PausedTraining] = [:]
  /// The settings of the trial before.
  private var last: [String: JSONValue] = [:]

  /// Trials with the same rows.
  private struct Group {
    let key: String
    let rows: SweepRows
    let pool: TrainingPool
  }

  private struct Paused: Hashable {
    let trial: Int
    let seed: Int?
  }

  init(_ config: SweepConfig, console: Console) {
    (self.config, self.console) = (config, console)
  }

  /// How much of what is kept here a trial can use.
  func preference(_ trial: Trial) -> Int {
    var score = 0
    if paused.keys.contains(where: { $0.trial == trial.number }) { score += 8 }
    if groupKey(trial.settings) == group?.key { score += 4 }
    func same(_ key: String) -> Bool { trial.settings[key] == last[key] }
    if same("cronos.rho"), same("cronos.neurons"), same("cronos.opt_seed") { score += 2 }
    if same("cronos.neurons"), same("cronos.opt_seed") { score += 1 }
    return score
  }

  /// Trains a trial as far as its rung, with every seed, and measures it.
  /// - Throws: what is wrong with its settings; `Interrupted`.
  func run(_ trial: Trial) async throws -> TrialStore.Outcome {
    let start = ContinuousClock.now
    let group = try await group(trial.settings)
    last = trial.settings
    let iterations = config.rungs[min(trial.rung, config.rungs.count - 1)]
    var outcome = TrialStore.Outcome(values: [], iterations: 0, seconds: 0)
    let seeds: [Int?] = config.seeds ?? [nil]
    for seed in seeds {
      let tree = try config.tree(trial.settings, seed: seed)
      let root = ConfigSection(tree.root, file: tree.file)
      let trained: (report: RunReport, iterations: Int)
      if let kind = config.baseline {
        let space = try EvaluationSettings(root.section("evaluation")).baselines
        trained = try rival(kind, space, group.rows)
      } else {
        let settings = try CronosSettings(root.section("cronos"))
        let key = Paused(trial: trial.number, seed: seed)
        trained = try convex(settings, iterations ?? settings.iterations, key, group)
      }
      let json = try JSONDecoder().decode(
        JSONValue.self, from: Data(try trained.report.json().utf8))
      outcome.values.append(try value(in: json))
      outcome.iterations = trained.iterations
    }
    outcome.seconds = (ContinuousClock.now - start).inSeconds
    return outcome
  }

  /// Keeps the trainings of these trials only.
  func keep(_ trials: Set<Int>) { paused = paused.filter { trials.contains($0.key.trial) } }

  // MARK: Rows

  /// What of a trial's settings decides the rows.
  private func groupKey(_ settings: [String: JSONValue]) -> String {
    JSONValue.object(
      settings.filter { !$0.key.hasPrefix("cronos.") && !$0.key.hasPrefix("evaluation.") }
    ).compact
  }

  private var needsText: Bool { config.metric.hasPrefix("transcription.") }

  private func group(_ settings: [String: JSONValue]) async throws -> Group {
    let key = groupKey(settings)
    if let group, group.key == key { return group }
    group = nil  // before the next one is made
    let rows: SweepRows
    switch config.source {
    case .files(let embeddings, let validation, _):
      rows = try SweepRows(embeddings: embeddings, validation: validation)
    case .corpus:
      var tree = try config.tree(settings, seed: nil)
      // Paths are relative to the config's own folder.
      let folder = config.output + "/clips"
      try tree.set("output", to: .string(key == "{}" ? folder : folder + "-" + key.shortHash))
      if tree.root["cache"] == nil {
        try tree.set("cache", to: .string(try RunConfig(tree: config.base).cache))
      }
      rows = try await RunPipeline(RunConfig(tree: tree), console: console)
        .sweepRows(needsText: needsText)
    }
    let logger = console.logger
    let pool = try TrainingPool(data: rows.training, validation: rows.validation) {
      logger.debug("\($0)")
    }
    let made = Group(key: key, rows: rows, pool: pool)
    group = made
    return made
  }

  // MARK: Heads

  private func convex(
    _ settings: CronosSettings, _ iterations: Int, _ key: Paused, _ group: Group
  ) throws -> (RunReport, Int) {
    var training = try paused.removeValue(forKey: key) ?? group.pool.begin(settings)
    guard try training.advance(to: iterations, isCancelled: { InterruptFlag.isRaised }) else {
      throw Interrupted(advice: "the trial is done again when the sweep goes on")
    }
    guard let standing = training.standing, let head = training.head else {
      throw CommandError(.internal, "a training without an iteration")
    }
    guard standing.status != .diverged else {
      throw CommandError(
        .badData,
        "the solver diverged after \(standing.iterations) iterations; lower cronos.rho, or "
          + "set it to \"auto\"")
    }
    let report = try group.rows.report(
      TrainedHead(HeadFile(head: head, languages: group.rows.languages)),
      timing: .init(embed: nil, train: training.seconds, evaluate: nil),
      solver: config.metric.hasPrefix("solver.") ? training.summary : nil, needsText: needsText,
      console: console)
    if iterations < settings.iterations, room(for: group.rows, settings) {
      paused[key] = training
    }
    return (report, standing.iterations)
  }

  /// Whether one more training may wait: all of them take at most a quarter of the available memory.
  private func room(for rows: SweepRows, _ settings: CronosSettings) -> Bool {
    let columns = rows.languages.count * settings.neurons
    let bytes = (4 * rows.training.count + 8 * rows.training.dimension) * columns * 4
    let available = MethodChoice.availableMemory ?? 1 << 32
    return (paused.count + 1) * bytes < (available + paused.count * bytes) / 4
  }

  private func rival(
    _ kind: BaselineKind, _ space: BaselineSpace, _ rows: SweepRows
  ) throws -> (RunReport, Int) {
    let result = try space.train(
      kind, on: rows.training.features, labels: rows.training.labels,
      validation: (rows.validation.features, rows.validation.labels), languages: rows.languages,
      progress: { _ in !InterruptFlag.isRaised })
    guard let result else {
      throw Interrupted(advice: "the trial is done again when the sweep goes on")
    }
    let report = try rows.report(
      TrainedHead(result.head), timing: .init(embed: nil, train: result.seconds, evaluate: nil),
      solver: nil, needsText: needsText, console: console)
    return (report, 0)
  }

  /// The objective in a report.
  private func value(in report: JSONValue) throws -> Double {
    let found = report.at(config.metric)
    if let value = found?.double, value.isFinite { return value }
    guard let found, found == .null else {
      throw WrongObjective(
        error: .outOfRange(
          file: config.file, key: "objective.metric", value: "'\(config.metric)'",
          wanted: "the path of a number in report.json"))
    }
    throw CommandError(
      .badData, "objective.metric '\(config.metric)' has no value for this head; choose another")
  }
}

/// An objective that no trial can have.
struct WrongObjective: Error, CustomStringConvertible {
  let error: ConfigError
  var description: String { error.description }
}

extension PausedTraining {
  /// The solver's lines of a report.
  fileprivate var summary: RunReport.SolverSummary? {
    guard let method, let standing else { return nil }
    let quality = quality()
    var residuals: [String: Double] = [:]
    if let quality {
      residuals["cone_violation"] = quality.coneViolation
      residuals["stationarity"] = quality.stationarityResidual
      residuals["network_objective"] = quality.networkObjective
    }
    return RunReport.SolverSummary(
      method: method.rawValue, status: standing.status.rawValue, iterations: standing.iterations,
      objective: quality?.objective, lowerBound: quality?.lowerBound,
      relativeGap: quality?.relativeGap, residuals: residuals)
  }
}
