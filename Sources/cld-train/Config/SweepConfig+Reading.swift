import Baselines
import Cronos
import Evaluation
import Foundation
import Sweeps

extension SweepConfig {
  /// The parts of report.json that an objective may be in.
  private static let metricRoots = [
    "detection", "transcription", "solver", "certificate", "timing", "flops",
  ]

  /// Reads a config; nothing is opened but it and its base config.
  /// - Throws: `ConfigError`: the key and what is wrong with it.
  init(file: String, output: String? = nil, overrides: [String] = []) throws {
    let tree = try ConfigTree(file: file, overrides: overrides)
    let root = ConfigSection(tree.root, file: file)
    let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    let name = try root.string("name", default: stem)
    let outputPath = try root.string("output", default: "runs/sweeps/\(name)")
    let embeddings = try root.optionalString("embeddings").map(tree.resolve)
    let validation = try root.optionalString("validation").map(tree.resolve)
    let test = try root.optionalString("test").map(tree.resolve)
    let config = try root.optionalString("config").map(tree.resolve)
    var base =
      try config.map { file throws(ConfigError) in try ConfigTree(file: file) }
      ?? ConfigTree(named: file)
    if let embeddings {
      guard let validation else {
        throw ConfigError.missing(
          file: file, key: "validation", wanted: "a file of embeddings to compare trials by")
      }
      source = .files(embeddings: embeddings, validation: validation, test: test)
    } else {
      guard config != nil else {
        throw ConfigError.missing(
          file: file, key: "config", wanted: "the config of a run, or `embeddings` and `validation`"
        )
      }
      source = .corpus
    }
    for (key, value) in try root.members("set") { try base.set(key, to: value) }

    let head = try root.string("head", default: "cld")
    guard head == "cld" || BaselineKind(rawValue: head) != nil else {
      throw root.outOfRange("head", "'\(head)'", "cld, knn, linear-svm, kernel-svm or nn")
    }
    let objective = try root.section("objective")
    let metric = try objective.string("metric", default: "detection.accuracy")
    let part = String(metric.split(separator: ".").first ?? "")
    guard Self.metricRoots.contains(part) else {
      throw objective.outOfRange(
        "metric", "'\(metric)'",
        "a path in report.json that begins with \(Self.metricRoots.joined(separator: ", "))")
    }
    if case .files = source, part == "transcription" {
      throw objective.outOfRange(
        "metric", "'\(metric)'", "one of detection: files of embeddings have no text")
    }
    let goal = try objective.choice(
      "goal", default: part == "detection" || part == "certificate" ? Goal.maximise : .minimise)
    try objective.finish()

    let space = try SearchSpace(root.section("space", needed: true))
    guard !space.parameters.isEmpty else {
      throw root.outOfRange("space", "empty", "at least one key of the config")
    }
    let search = try root.section("search")
    let kind = try search.choice("kind", default: Search.grid)
    let count = try Self.count(kind, space, search)
    let searchSeed = try search.integer("seed", default: 0)
    try search.finish()

    seeds = try root.seeds("seeds")
    let halving = try root.has("halving") ? Halving(root.section("halving")) : nil
    evaluatesBest = try root.bool("evaluate_best", default: true)
    try root.finish()

    (self.file, self.name, self.base, self.head, self.metric) = (file, name, base, head, metric)
    self.output = output ?? outputPath
    rungs = try Self.rungs(halving, head, kind, base, space, root)
    plan = SweepPlan(
      sampler: Sampler(space: space, search: kind, seed: searchSeed), count: count, goal: goal,
      halving: halving)
    var kept = tree.root
    for key in ["name", "output", "evaluate_best", "config", "set"] { kept[key] = nil }
    kept["base"] = .object(base.root)
    kept["search"] = ["kind": .string(kind.rawValue), "seed": .integer(searchSeed)]
    if kind != .grid { kept["trials"] = .integer(count) }
    definition = kept
    try check()
  }

  private static func count(
    _ kind: Search, _ space: SearchSpace, _ search: ConfigSection
  ) throws(ConfigError) -> Int {
    let limit = 100_000
    if kind == .grid {
      guard space.gridCount <= limit else {
        throw search.outOfRange("kind", "grid of \(space.gridCount) trials", "at most \(limit)")
      }
      return space.gridCount
    }
    let count = try search.integer("trials")
    guard (1...limit).contains(count) else {
      throw search.outOfRange("trials", count, "1 to \(limit)")
    }
    return count
  }

  private static func rungs(
    _ halving: Halving?, _ head: String, _ kind: Search, _ base: ConfigTree, _ space: SearchSpace,
    _ root: ConfigSection
  ) throws -> [Int?] {
    guard head == "cld" else {
      guard halving == nil else {
        throw root.outOfRange("halving", "given", "head cld: other heads have no ADMM iterations")
      }
      return [nil]
    }
    let iterations = space.parameters.contains {
      ["cronos.admm_iters", "cronos.max_iterations"].contains($0.key)
    }
    guard let halving else {
      // Where the iterations are themselves tried, each trial has its own.
      return [iterations ? nil : try all(base)]
    }
    guard kind.isFixed else {
      throw root.outOfRange("halving", "given", "search.kind grid, random or halton")
    }
    guard !iterations else {
      throw root.outOfRange("halving", "given", "a space without the number of iterations")
    }
    return halving.rungs(of: try all(base))
  }

  private static func all(_ base: ConfigTree) throws -> Int {
    let cronos = ConfigSection(base.root, file: base.file)
    return try CronosSettings(cronos.section("cronos")).iterations
  }

  /// Keys and seeds are known before anything is computed; a value out of range fails its own trial.
  private func check() throws {
    if seeds?.count ?? 1 > 1, seedKey == nil {
      throw ConfigError.outOfRange(
        file: file, key: "seeds", value: "\(seeds ?? [])", wanted: "one: \(head) draws nothing")
    }
    for parameter in space.parameters {
      if let seedKey, parameter.key == seedKey, seeds != nil {
        throw ConfigError.outOfRange(
          file: file, key: "seeds", value: "given", wanted: "none where \(seedKey) is in the space")
      }
      do {
        let tree = try tree([parameter.key: parameter.gridValues[0]], seed: nil)
        switch source {
        case .corpus: _ = try RunConfig(tree: tree)
        case .files: try Self.checkWithoutCorpus(tree)
        }
      } catch let error as ConfigError {
        if case .outOfRange = error { continue }
        throw error
      } catch {
        continue
      }
    }
    // What is wrong without any trial's settings is wrong for all.
    switch source {
    case .corpus: _ = try RunConfig(tree: base)
    case .files: try Self.checkWithoutCorpus(base)
    }
  }

  /// Only what trains a head has a meaning for files of embeddings.
  private static func checkWithoutCorpus(_ tree: ConfigTree) throws {
    let root = ConfigSection(tree.root, file: tree.file)
    _ = try CronosSettings(root.section("cronos"))
    _ = try EvaluationSettings(root.section("evaluation"))
    for key in ["name", "output", "cache", "notes", "curves", "corpus", "encoder", "augment"] {
      _ = root.isString(key, "")
    }
    try root.finish()
  }
}
