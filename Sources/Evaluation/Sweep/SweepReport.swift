import Foundation

/// What a sweep found, as a table and as a page.
public struct SweepReport: Sendable {
  /// A setting that was tried at several values.
  public struct Parameter: Sendable {
    /// Its path in a run's config, such as `cronos.beta`.
    public var key: String
    /// Whether pictures give it a logarithmic axis.
    public var isLogarithmic: Bool
    /// The values of one that is no number; nil for numbers.
    public var choices: [JSONValue]?
    /// Share of the objective's variance that it accounts for by itself, 0 … 1.
    public var importance: Double

    public init(key: String, isLogarithmic: Bool, choices: [JSONValue]?, importance: Double) {
      (self.key, self.isLogarithmic) = (key, isLogarithmic)
      (self.choices, self.importance) = (choices, importance)
    }
  }

  /// One combination of settings, and what came of it.
  public struct Trial: Sendable {
    /// From 0.
    public var number: Int
    /// By the keys of `parameters`.
    public var settings: [String: JSONValue]
    /// `waiting`, `running`, `done`, `stopped` or `failed`.
    public var state: String
    /// The objective, the mean over seeds, as far as the trial went; nil before its first rung.
    public var value: Double?
    /// Standard deviation over seeds.
    public var spread: Double?
    /// The solver's, to which `value` belongs.
    public var iterations: Int?
    /// Wall time of all its rungs and seeds.
    public var seconds: Double
    /// Why it failed; nil if it did not.
    public var reason: String?
    /// The objective after so many iterations, at each rung.
    public var course: [(iterations: Int, value: Double)]

    public init(
      number: Int, settings: [String: JSONValue], state: String, value: Double?, spread: Double?,
      iterations: Int?, seconds: Double, reason: String?,
      course: [(iterations: Int, value: Double)]
    ) {
      (self.number, self.settings, self.state) = (number, settings, state)
      (self.value, self.spread, self.iterations) = (value, spread, iterations)
      (self.seconds, self.reason, self.course) = (seconds, reason, course)
    }
  }

  /// The sweep's name, and the program's version.
  public var name, version: String
  /// When the report was made: ISO 8601, UTC, to the second.
  public var date = Date().formatted(.iso8601)
  /// The metric's path in a report.
  public var metric: String
  /// Whether a greater objective is better.
  public var maximises: Bool
  /// Such as `halton`.
  public var search: String
  public var parameters: [Parameter]
  public var trials: [Trial]
  /// The number of the best trial that went all iterations.
  public var best: Int?
  /// How many trials there will be.
  public var planned: Int
  /// Of how many seeds each value is the mean.
  public var seeds: Int
  /// Sentences that a reader must know.
  public var notes: [String] = []
  /// The sweep's config.
  public var definition: JSONValue

  public init(
    name: String, version: String, metric: String, maximises: Bool, search: String,
    parameters: [Parameter], trials: [Trial], best: Int?, planned: Int, seeds: Int,
    notes: [String], definition: JSONValue
  ) {
    (self.name, self.version, self.metric, self.maximises) = (name, version, metric, maximises)
    (self.search, self.parameters, self.trials, self.best) = (search, parameters, trials, best)
    (self.planned, self.seeds, self.notes, self.definition) = (planned, seeds, notes, definition)
  }

  /// The best trial first; those that did not go all iterations after those that did.
  var ranked: [Trial] {
    func place(_ trial: Trial) -> Int {
      ["done", "stopped", "running", "waiting", "failed"].firstIndex(of: trial.state) ?? 5
    }
    return trials.sorted { a, b in
      if place(a) != place(b) { return place(a) < place(b) }
      // A stopped trial that came further was better for longer.
      if (a.iterations ?? 0) != (b.iterations ?? 0) {
        return (a.iterations ?? 0) > (b.iterations ?? 0)
      }
      switch (a.value, b.value) {
      case (let x?, let y?) where x != y: return maximises ? x > y : x < y
      case (_?, nil): return true
      case (nil, _?): return false
      default: return a.number < b.number
      }
    }
  }

  /// Rows for trials, the best first.
  func table(_ shown: [Trial]) -> TextTable {
    let hasSpread = trials.contains { $0.spread != nil }
    var table = TextTable(
      header: ["Trial"] + parameters.map { shortName($0.key) } + [shortMetric]
        + (hasSpread ? ["± over seeds"] : []) + ["Iterations", "Seconds", "State"],
      leading: 1)
    table.rows = shown.map { trial in
      ["\(trial.number)"] + parameters.map { text(trial.settings[$0.key]) }
        + [NumberFormat.general(trial.value)]
        + (hasSpread ? [NumberFormat.general(trial.spread)] : [])
        + [
          trial.iterations.map(String.init) ?? NumberFormat.missing,
          NumberFormat.duration(trial.seconds), trial.state,
        ]
    }
    return table
  }

  /// All trials for a terminal, the best first, and why the failed ones failed.
  public var text: String {
    var text = table(ranked).plain
    for trial in trials {
      if let reason = trial.reason { text += "trial \(trial.number): \(reason)\n" }
    }
    return text + standing
  }

  /// How far the sweep is, in a line.
  var standing: String {
    func count(_ state: String) -> Int { trials.count { $0.state == state } }
    let parts = [
      ("done", count("done")), ("stopped early", count("stopped")), ("failed", count("failed")),
      ("running", count("running")),
      ("to do", count("waiting") + max(planned - trials.count, 0)),
    ]
    return "\(max(planned, trials.count)) trials: "
      + parts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
  }

  /// All trials for scripts.
  public var json: JSONValue {
    func orNull(_ x: Double?) -> JSONValue { x.map { .number($0) } ?? .null }
    let rows = trials.map { trial -> JSONValue in
      [
        "number": .integer(trial.number), "settings": .object(trial.settings),
        "state": .string(trial.state), "value": orNull(trial.value),
        "spread": orNull(trial.spread),
        "iterations": trial.iterations.map { .integer($0) } ?? .null,
        "seconds": .number(trial.seconds), "reason": trial.reason.map { .string($0) } ?? .null,
      ]
    }
    return [
      "name": .string(name), "metric": .string(metric),
      "goal": .string(maximises ? "maximise" : "minimise"),
      "best": best.map { .integer($0) } ?? .null, "planned": .integer(planned),
      "trials": .array(rows),
      "importance": .object(
        Dictionary(uniqueKeysWithValues: parameters.map { ($0.key, .number($0.importance)) })),
    ]
  }

  /// Writes the page, whole or not at all.
  public func writeHTML(to path: String) throws(EvaluationError) {
    try writeAtomically(Data(html.utf8), to: path)
  }

  /// `cronos.beta` as `beta`, where no other key ends so.
  func shortName(_ key: String) -> String {
    let last = key.split(separator: ".").last.map(String.init) ?? key
    let alike = parameters.count { $0.key.hasSuffix("." + last) || $0.key == last }
    return alike > 1 ? key : last
  }

  /// `detection.accuracy` as `accuracy`.
  var shortMetric: String {
    (metric.split(separator: ".").last.map(String.init) ?? metric)
      .replacing("_", with: " ")
  }

  func text(_ value: JSONValue?) -> String {
    switch value {
    case nil: NumberFormat.missing
    case .number(let x): NumberFormat.general(x)
    case .string(let text): text
    case .some(let other): other.compact
    }
  }
}
