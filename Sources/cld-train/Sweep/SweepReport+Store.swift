import Evaluation
import Foundation
import Sweeps

extension SweepReport {
  /// What the store of a sweep has so far, with the best setting's own report where there is one.
  /// - Throws: `StoreError`.
  init(_ store: TrialStore, _ config: SweepConfig) throws {
    let (trials, results) = (try store.trials(), try store.results())
    let space = config.space
    // Values after different numbers of iterations do not compare.
    let most = trials.compactMap(\.iterations).max()
    let whole = trials.filter { $0.state == .done && $0.iterations == most }
    var compared = whole.compactMap { trial in trial.value.map { (trial.settings, $0) } }
    if let first = config.plan.halving, config.rungs.count > 1 {
      // The first rung has all trials.
      compared = trials.compactMap { trial in
        results[trial.number]?.first { $0.iterations == first.firstIterations }
          .map { (trial.settings, $0.value) }
      }
    }
    let importance = Importance.shares(space, compared)
    self.init(
      name: config.name, version: Version.current, metric: config.metric,
      maximises: config.plan.goal == .maximise, search: config.plan.sampler.search.rawValue,
      parameters: space.parameters.map { parameter in
        Parameter(parameter, importance.first { $0.key == parameter.key }?.share ?? 0)
      },
      trials: trials.map { trial in
        .init(
          number: trial.number, settings: trial.settings, state: trial.state.rawValue,
          value: trial.value, spread: trial.spread, iterations: trial.iterations,
          seconds: trial.seconds, reason: trial.reason, course: results[trial.number] ?? [])
      }, best: trials.best(config.plan.goal)?.number, planned: config.plan.count,
      seeds: config.seeds?.count ?? 1, notes: Self.notes(config, try store.finaleIsOver()),
      definition: .object(config.definition))
  }

  private static func notes(_ config: SweepConfig, _ isOver: Bool) -> [String] {
    var notes: [String] = []
    if config.rungs.count > 1 {
      let rungs = config.rungs.compactMap { $0.map(String.init) }.joined(separator: ", ")
      notes.append(
        "Successive halving: trials are compared after \(rungs) iterations, and one in "
          + "\(config.plan.halving?.factor ?? 1) goes on. Importance is that of the first rung.")
    }
    notes.append(
      "Trials are compared on the validation clips; the best of many looks better there than it is."
    )
    guard isOver, let report = try? RunReport(contentsOfJSON: config.bestFolder + "/report.json"),
      let main = report.main, let accuracy = main.detection.accuracy, report.data.test > 0
    else { return notes }
    var text = "On the \(main.detection.clips) test clips, evaluated once with the best setting: "
    text += String(format: "accuracy %.2f %%", 100 * accuracy)
    if let wer = main.transcription?.wer { text += String(format: ", WER %.2f %%", wer) }
    return notes + [text + "."]
  }
}

extension SweepReport.Parameter {
  fileprivate init(_ parameter: Parameter, _ importance: Double) {
    var (isLogarithmic, choices) = (false, [JSONValue]?.none)
    switch parameter.domain {
    case .real(_, _, let scale, _), .integer(_, _, let scale, _): isLogarithmic = scale
    case .choice(let values):
      let numbers = values.compactMap(\.double)
      if numbers.count == values.count, values.count > 1 {
        isLogarithmic =
          (numbers.min() ?? 0) > 0 && (numbers.max() ?? 1) / (numbers.min() ?? 1) >= 50
      } else {
        choices = values
      }
    }
    self.init(
      key: parameter.key, isLogarithmic: isLogarithmic, choices: choices, importance: importance)
  }
}
