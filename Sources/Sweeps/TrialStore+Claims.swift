import Evaluation
internal import GRDB

/// Which trials there are, and when they are promoted.
public struct SweepPlan: Sendable {
  /// How their settings are chosen.
  public let sampler: Sampler
  /// How many trials in all.
  public let count: Int
  /// What they are compared by.
  public let goal: Goal
  /// nil: every trial goes all iterations.
  public let halving: Halving?

  /// - Precondition: halving goes with a fixed search.
  public init(sampler: Sampler, count: Int, goal: Goal, halving: Halving?) {
    precondition(halving == nil || sampler.search.isFixed, "halving of \(sampler.search)")
    (self.sampler, self.count, self.goal, self.halving) = (sampler, count, goal, halving)
  }
}

extension TrialStore {
  /// What there is to do for a process.
  public enum Work: Sendable {
    /// A trial, which this process now holds a lease of.
    case trial(Trial)
    /// Nothing until others are through with theirs.
    case later
    /// Nothing any more.
    case over
  }

  /// Takes the next trial.
  ///
  /// Trials whose process has ended come back first. All trials end a rung before the best of them begin
  /// the next one.
  /// - Parameter preference: the larger, the sooner a trial is taken, of those that may be; of equal ones
  ///   the first.
  public func claim(
    _ plan: SweepPlan, preferring preference: (Trial) -> Int = { _ in 0 }
  ) throws(StoreError) -> Work {
    try change { db in
      try self.takeOver(db)
      var trials = try Self.trials(db)
      if let halving = plan.halving, try self.promote(trials, halving, plan.goal, db) {
        trials = try Self.trials(db)
      }
      let open = trials.filter { !$0.isOver }
      let rung = open.map(\.rung).min() ?? 0
      var next: Trial?
      for trial in open where trial.state == .waiting && trial.rung == rung {
        if next.map({ preference(trial) > preference($0) }) ?? true { next = trial }
      }
      if next == nil, !plan.sampler.search.isFixed, trials.count < plan.count {
        next = try self.suggest(plan, after: trials, db)
      }
      guard var trial = next else { return open.isEmpty ? .over : .later }
      try self.lease(trial.number, db)
      trial.state = .running
      trial.attempts += 1
      try db.execute(
        sql: "UPDATE trials SET state = 'running', attempts = ? WHERE number = ?",
        arguments: [trial.attempts, trial.number])
      return .trial(trial)
    }
  }

  /// Puts trials back whose lease does not hold any more.
  private func takeOver(_ db: Database) throws {
    for trial in try Self.trials(db) where trial.state == .running {
      guard try isFree(trial.number, db) else { continue }
      let isHopeless = trial.attempts - trial.rung >= Self.mostLosses
      try db.execute(
        sql: "UPDATE trials SET state = ?, reason = ? WHERE number = ?",
        arguments: [
          isHopeless ? "failed" : "waiting",
          isHopeless ? "\(Self.mostLosses) processes ended while they worked on it" : nil,
          trial.number,
        ])
    }
  }

  /// When a rung has ended for all: the best go on, the others are stopped. Whoever asks first does it.
  /// - Returns: whether anything was changed.
  private func promote(
    _ trials: [Trial], _ halving: Halving, _ goal: Goal, _ db: Database
  ) throws -> Bool {
    let open = trials.filter { !$0.isOver }
    guard let rung = open.map(\.rung).min(), rung > 0,
      try Self.property("promoted \(rung)", db) == nil
    else { return false }
    let ranked = open.sorted {
      (goal.loss($0.value ?? .nan), $0.number) < (goal.loss($1.value ?? .nan), $1.number)
    }
    for trial in ranked.dropFirst(halving.survivors(of: ranked.count)) {
      try db.execute(
        sql: "UPDATE trials SET state = 'stopped', rung = rung - 1 WHERE number = ?",
        arguments: [trial.number])
    }
    try Self.set("promoted \(rung)", "", db)
    return true
  }

  private func suggest(_ plan: SweepPlan, after trials: [Trial], _ db: Database) throws -> Trial {
    let observed = trials.filter(\.isOver).map {
      Sampler.Observation(
        settings: $0.settings, loss: $0.state == .done ? $0.value.map(plan.goal.loss) : nil)
    }
    let trial = Trial(
      number: trials.count, settings: plan.sampler.suggestion(trials.count, after: observed))
    try db.execute(
      sql: "INSERT INTO trials (number, settings, state) VALUES (?, ?, 'waiting')",
      arguments: [trial.number, JSONValue.object(trial.settings).compact])
    return trial
  }
}
