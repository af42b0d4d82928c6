import Evaluation
import Foundation
import Synchronization
import TestFolders
import Testing

@testable import Sweeps

/// Several owners of one store, with a clock that the test moves.
@Suite struct TrialStoreTests {
  private final class Clock: Sendable {
    private let seconds = Mutex(1000.0)
    var now: Double { seconds.withLock { $0 } }
    func advance(_ by: Double) { seconds.withLock { $0 += by } }
  }

  private let folder: TemporaryFolder
  private let clock = Clock()
  private static let space = SearchSpace([
    Parameter(key: "x", domain: .real(low: 0, high: 1, isLogarithmic: false, steps: 7))
  ])

  init() throws { folder = try TemporaryFolder() }

  /// Somewhere else, so that only the lease says whether it lives.
  private func store(_ name: String, _ definition: [String: JSONValue] = ["a": 1]) throws
    -> TrialStore
  {
    let clock = clock
    return try TrialStore(
      path: folder("s/sweep.sqlite"), definition: definition,
      owner: Owner(machine: "elsewhere", process: 1, start: name), now: { clock.now })
  }

  private func plan(
    _ search: Search = .grid, count: Int = 7, goal: Goal = .maximise, halving: Halving? = nil
  ) -> SweepPlan {
    SweepPlan(
      sampler: Sampler(space: Self.space, search: search, seed: 0), count: count, goal: goal,
      halving: halving)
  }

  private func trial(_ work: TrialStore.Work) -> Trial? {
    if case .trial(let trial) = work { trial } else { nil }
  }

  private func outcome(_ value: Double, iterations: Int = 6) -> TrialStore.Outcome {
    .init(values: [value], iterations: iterations, seconds: 2)
  }

  @Test func everyTrialGoesToOneOwner() throws {
    let (a, b) = (try store("a"), try store("b"))
    let plan = plan()
    for store in [a, b] { try store.plan(plan.sampler.trials(7)) }
    var owners: [Int: String] = [:]
    for turn in 0..<7 {
      let store = turn.isMultiple(of: 2) ? a : b
      let trial = try #require(self.trial(try store.claim(plan)))
      #expect(owners.updateValue(store.owner.start, forKey: trial.number) == nil)
      #expect(trial.settings["x"]?.double != nil && trial.state == .running)
      if turn < 6 { #expect(try store.record(trial, outcome(Double(turn)), isLast: true)) }
    }
    // One is under way.
    guard case .later = try b.claim(plan) else {
      Issue.record("not later")
      return
    }
    let last = try #require(try a.trials().first { $0.state == .running })
    #expect(try a.record(last, outcome(6), isLast: true))
    guard case .over = try b.claim(plan) else {
      Issue.record("not over")
      return
    }
    let trials = try b.trials()
    #expect(trials.count == 7 && trials.allSatisfy { $0.state == .done && $0.seconds == 2 })
    #expect(trials.best(.maximise)?.value == 6 && trials.best(.minimise)?.value == 0)
  }

  @Test func leasesThatRanOutAreTakenOver() throws {
    let (a, b) = (try store("a"), try store("b"))
    let plan = plan(count: 1)
    try a.plan([["x": 0.5]])
    let first = try #require(trial(try a.claim(plan)))
    clock.advance(TrialStore.leaseSeconds - 1)
    #expect(trial(try b.claim(plan)) == nil)
    try a.renew()
    clock.advance(TrialStore.leaseSeconds - 1)
    #expect(trial(try b.claim(plan)) == nil, "renewed")
    clock.advance(2)
    let second = try #require(trial(try b.claim(plan)))
    #expect(second.number == first.number && second.attempts == 2)
    // The one that was thought dead comes back: its result does not count.
    #expect(try !a.record(first, outcome(1), isLast: true))
    try a.fail(first, "late", seconds: 0)
    #expect(try a.trials()[0].state == .running)
    #expect(try b.record(second, outcome(2), isLast: true))
    #expect(try a.trials()[0].value == 2)
  }

  /// A process of this machine that has ended is known to have: nobody waits for its lease.
  @Test func trialsOfEndedProcessesAreTakenOverAtOnce() throws {
    let clock = clock
    let here = Owner.current
    let ended = try TrialStore(
      path: folder("s/sweep.sqlite"), definition: ["a": 1],
      owner: Owner(machine: here.machine, process: here.process, start: "1"), now: { clock.now })
    try ended.plan([["x": 0.5]])
    let plan = plan(count: 1)
    #expect(trial(try ended.claim(plan)) != nil)
    let living = try TrialStore(
      path: folder("s/sweep.sqlite"), definition: ["a": 1], owner: here, now: { clock.now })
    #expect(trial(try living.claim(plan))?.attempts == 2)
    #expect(trial(try store("b").claim(plan)) == nil, "this process lives")
    #expect(!here.isGone && Owner(here.description) == here)
  }

  @Test func trialsThatEndProcessesFail() throws {
    let a = try store("a")
    let plan = plan(count: 2)
    try a.plan([["x": 0.5], ["x": 0.6]])
    for _ in 0..<TrialStore.mostLosses {
      #expect(trial(try a.claim(plan))?.number == 0)
      clock.advance(TrialStore.leaseSeconds + 1)
    }
    #expect(trial(try a.claim(plan))?.number == 1)
    let lost = try a.trials()[0]
    #expect(lost.state == .failed && lost.reason?.contains("3 processes") == true)
  }

  @Test func failuresAndInterruptions() throws {
    let a = try store("a")
    let plan = plan(count: 2)
    try a.plan([["x": 0.5], ["x": 0.6]])
    let first = try #require(trial(try a.claim(plan)))
    try a.release(first)
    let again = try #require(trial(try a.claim(plan)))
    #expect(again == first, "an interruption does not count as an attempt")
    try a.fail(again, "no good", seconds: 1)
    let second = try #require(trial(try a.claim(plan)))
    #expect(second.number == 1)
    #expect(try a.trials()[0].reason == "no good")
    // What is preferred comes first.
    try a.release(second)
    let b = try store("b")
    try b.plan([["x": 0.5], ["x": 0.6], ["x": 0.7]])
    #expect(trial(try b.claim(plan, preferring: \.number))?.number == 2)
  }

  /// Nine trials, of which three and then one go on; smaller is better.
  @Test func halvingKeepsTheBest() throws {
    let (a, b) = (try store("a"), try store("b"))
    let plan = plan(count: 9, goal: .minimise, halving: Halving(firstIterations: 2, factor: 3))
    try a.plan((0..<9).map { ["x": .integer($0)] })
    var done: [[Int]] = [[], [], []]
    var turn = 0
    while true {
      let store = turn.isMultiple(of: 2) ? a : b
      turn += 1
      guard let trial = trial(try store.claim(plan)) else { break }
      done[trial.rung].append(trial.number)
      if trial.rung == 0, done[0].count == 9 {
        #expect(try self.trial(b.claim(plan)) == nil)
        #expect(try self.trial(a.claim(plan)) == nil)
      }
      // 4 is best, then 5 and 3.
      let value = abs(Double(trial.number) - 4.1)
      #expect(
        try store.record(
          trial, outcome(value, iterations: [2, 6, 18][trial.rung]), isLast: trial.rung == 2))
    }
    #expect(done[0].sorted() == Array(0..<9) && done[1].sorted() == [3, 4, 5] && done[2] == [4])
    let trials = try a.trials()
    #expect(trials.count { $0.state == .stopped } == 8)
    #expect(trials[4].state == .done && trials[4].iterations == 18)
    #expect(trials[3].rung == 1 && trials[0].rung == 0)
    let results = try a.results()
    #expect(results[4]?.map(\.iterations) == [2, 6, 18] && results[0]?.count == 1)
  }

  /// What has been promoted stays so when a process that comes later looks at it.
  @Test func promotionHappensOnce() throws {
    let a = try store("a")
    let plan = plan(count: 6, halving: Halving(firstIterations: 1, factor: 2))
    try a.plan((0..<6).map { ["x": .integer($0)] })
    for _ in 0..<6 {
      let trial = try #require(trial(try a.claim(plan)))
      try a.record(trial, outcome(Double(trial.number)), isLast: false)
    }
    for expected in [3, 4, 5] {
      let trial = try #require(trial(try store("\(expected)").claim(plan)))
      #expect(trial.rung == 1 && trial.number == expected)
    }
    #expect(try a.trials().count { $0.state == .running } == 3)
  }

  @Test func suggestionsGoByWhatHasEnded() throws {
    let a = try store("a")
    let plan = plan(.tpe, count: 12)
    for number in 0..<12 {
      let trial = try #require(trial(try a.claim(plan)))
      #expect(trial.number == number)
      try a.record(trial, outcome(trial.settings["x"]?.double ?? 0), isLast: true)
    }
    guard case .over = try a.claim(plan) else {
      Issue.record("more than 12")
      return
    }
    let observed = try a.trials().prefix(11).map {
      Sampler.Observation(settings: $0.settings, loss: $0.value.map(Goal.maximise.loss))
    }
    #expect(try a.trials()[11].settings == plan.sampler.suggestion(11, after: observed))
  }

  @Test func oneProcessEvaluatesTheBest() throws {
    let (a, b) = (try store("a"), try store("b"))
    #expect(try a.claimFinale())
    #expect(try !b.claimFinale())
    clock.advance(TrialStore.leaseSeconds + 1)
    #expect(try b.claimFinale(), "taken over")
    try a.endFinale(isOver: true)
    #expect(try !a.finaleIsOver(), "by one that has lost it")
    try b.endFinale(isOver: false)
    #expect(try a.claimFinale())
    try a.endFinale(isOver: true)
    #expect(try b.finaleIsOver())
    #expect(try !b.claimFinale())
  }

  @Test func otherDefinitionsAndFilesAreRefused() throws {
    _ = try store("a", ["a": 1, "trials": 5])
    _ = try store("a", ["a": 1.0, "trials": 9])
    #expect {
      try store("a", ["a": 2, "b": 1])
    } throws: {
      guard case .otherSweep(_, let keys)? = $0 as? StoreError else { return false }
      return keys == ["a", "b"]
    }
    #expect(throws: StoreError.missing(path: folder("none"))) {
      try TrialStore(reading: folder("none"))
    }
    let text = try folder.write("text", "not a database, but long enough")
    for path in [text, folder.path] {
      #expect {
        try TrialStore(path: path, definition: [:])
      } throws: {
        guard case .notAStore? = $0 as? StoreError else { return false }
        return true
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: text)).count == 31, "left as it was")
  }
}
