import Baselines
import Evaluation
import Sweeps

/// A sweep's config, every value checked. docs/sweeps.md lists the keys.
struct SweepConfig: Sendable {
  /// Where the rows come from.
  enum Source: Sendable {
    /// The corpus of the base config.
    case corpus
    case files(embeddings: String, validation: String, test: String?)
  }

  let file: String
  let name: String
  let source: Source
  /// `config` with `set` applied: what every trial has in common.
  let base: ConfigTree
  /// `head`: `cld`, or the kind of a rival.
  let head: String
  /// `objective.metric`: a path in report.json.
  let metric: String
  let plan: SweepPlan
  /// `seeds`: those of the head that each trial is the mean of; nil: the base config's own.
  let seeds: [Int]?
  /// Iterations of each rung; a single nil where the head's training has none to count.
  let rungs: [Int?]
  /// `output`: the sweep's folder.
  let output: String
  /// `evaluate_best`: whether the best setting is evaluated on the test split at the end.
  let evaluatesBest: Bool
  /// What the trials depend on.
  let definition: [String: JSONValue]

  var space: SearchSpace { plan.sampler.space }
  var baseline: BaselineKind? { BaselineKind(rawValue: head) }
  var storePath: String { output + "/sweep.sqlite" }
  var folder: RunFolder { RunFolder(output) }
  /// The folder of the best setting's own run.
  var bestFolder: String { output + "/best" }

  /// The key that seeds the head; nil for a head that draws nothing.
  var seedKey: String? {
    switch baseline {
    case nil: "cronos.opt_seed"
    case .nn: "evaluation.nn.seed"
    default: nil
    }
  }

  /// The base config with a trial's settings.
  /// - Throws: `ConfigError`.
  func tree(_ settings: [String: JSONValue], seed: Int?) throws(ConfigError) -> ConfigTree {
    var tree = base
    for (key, value) in settings.sorted(by: { $0.key < $1.key }) { try tree.set(key, to: value) }
    if let seed, let seedKey { try tree.set(seedKey, to: .integer(seed)) }
    return tree
  }
}
