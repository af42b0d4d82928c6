import Evaluation

/// One combination of settings, as the store keeps it.
public struct Trial: Sendable, Equatable {
  /// Where a trial is on its way; the last three are ends.
  public enum State: String, Sendable, CaseIterable {
    /// Nobody works on it, or a process does that holds a lease of it.
    case waiting, running
    /// Went all iterations.
    case done
    /// Ended early because others were better.
    case stopped
    /// Ended by an error, or given up after its processes ended.
    case failed
  }

  /// From 0.
  public var number: Int
  /// A value for each key of the space.
  public var settings: [String: JSONValue]
  /// Where it is on its way.
  public var state: State
  /// The rung that it is at or waits for, from 0.
  public var rung: Int
  /// The objective, the mean over seeds, at the last rung that it ended.
  public var value: Double?
  /// The objective of each seed there.
  public var values: [Double]
  /// Iterations done there.
  public var iterations: Int?
  /// Why it failed.
  public var reason: String?
  /// Seconds of work, over all rungs.
  public var seconds: Double
  /// How often a process has begun a rung of it: more often than there were rungs, where one ended in it.
  public var attempts: Int

  /// A trial that waits for its first rung.
  /// - Parameter number: from 0.
  public init(number: Int, settings: [String: JSONValue]) {
    (self.number, self.settings, state, rung) = (number, settings, .waiting, 0)
    (value, values, iterations) = (nil, [], nil)
    (reason, seconds, attempts) = (nil, 0, 0)
  }

  /// The standard deviation of the values of several seeds; nil for one.
  public var spread: Double? {
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }

  /// Whether it has ended, in whatever way.
  public var isOver: Bool { state != .waiting && state != .running }
}

/// What a sweep looks for.
public enum Goal: String, Sendable, CaseIterable {
  /// The best trial has the largest, or the smallest, objective.
  case maximise, minimise

  /// Smaller is better.
  public func loss(_ value: Double) -> Double { self == .maximise ? -value : value }
}

extension Sequence<Trial> {
  /// The trial with the best value among those that went all iterations, of equal ones the first.
  public func best(_ goal: Goal) -> Trial? {
    var best: (trial: Trial, loss: Double)?
    for trial in self where trial.state == .done {
      guard let loss = trial.value.map(goal.loss), loss < best?.loss ?? .infinity else { continue }
      best = (trial, loss)
    }
    return best?.trial
  }
}
