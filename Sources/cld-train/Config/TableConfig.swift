import Evaluation
import Foundation

/// A table's config: which runs its cells come from. docs/tables.md lists the keys.
struct TableConfig: Sendable {
  /// A run that cells are taken from: a config with some keys set.
  struct Run: Sendable {
    let name: String
    let base: ConfigTree
  }

  /// What says where a cell comes from: a row's part and a column's together.
  struct Selector: Sendable, Equatable {
    var run: String?
    /// A head's name in report.json.
    var head: String?
    var metric: PaperTable.Metric?
    /// `language` or `language/accent`: those clips alone.
    var accent: String?
    /// Training clips of each language; nil: all.
    var size: Int?
    /// Why there can be none of ours.
    var absent: String?

    /// The parts of `other` that this one lacks.
    func filled(by other: Selector) -> Selector {
      Selector(
        run: run ?? other.run, head: head ?? other.head, metric: metric ?? other.metric,
        accent: accent ?? other.accent, size: size ?? other.size, absent: absent ?? other.absent)
    }
  }

  struct Line: Sendable {
    let label: String
    let selector: Selector
  }

  let file: String
  let title: String
  /// `corner`: what the rows are.
  let corner: String
  let runs: [Run]
  let columns, rows: [Line]
  /// What neither row nor column says.
  let standard: Selector
  /// `seeds`: of subsets and hyperplanes; nil: the run's own.
  let seeds: [Int]?
  /// The paper's values, by row and column.
  let paper: [String: [String: Double]]
  let notes: [String]
  /// `output`: the table's folder.
  let output: String
  /// `runs_folder`: where the runs of all tables are, so that no two tables do one twice.
  let runsFolder: String

  func selector(_ row: Line, _ column: Line) -> Selector {
    row.selector.filled(by: column.selector).filled(by: standard)
  }

  /// Reads a config, its paper's numbers and its runs' configs.
  /// - Throws: `ConfigError`: the key and what is wrong with it.
  init(file: String, output: String? = nil, overrides: [String] = []) throws {
    let tree = try ConfigTree(file: file, overrides: overrides)
    self.file = file
    let root = ConfigSection(tree.root, file: file)
    let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    title = try root.string("title", default: stem)
    corner = try root.string("corner", default: "")
    let outputPath = try root.string("output", default: "runs/tables/\(stem)")
    self.output = output ?? outputPath
    runsFolder = try root.string("runs_folder", default: "runs/tables/runs")
    notes = try root.strings("notes", default: [])
    seeds = try root.seeds("seeds")
    let described = try root.section("runs", needed: true)
    runs = try described.keys.map { name in
      let run = try described.section(name)
      var base = try ConfigTree(file: tree.resolve(run.string("config")))
      for (key, value) in try run.members("set") { try base.set(key, to: value) }
      try run.finish()
      return Run(name: name, base: base)
    }
    try described.finish()
    columns = try root.sections("columns").map { try Line($0) }
    rows = try root.sections("rows").map { try Line($0) }
    guard !columns.isEmpty, !rows.isEmpty else {
      throw root.outOfRange(columns.isEmpty ? "columns" : "rows", "empty", "at least one")
    }
    standard = try Selector(root)
    paper = try root.optionalString("paper").map { try Self.paper(tree.resolve($0)) } ?? [:]
    try root.finish()
    try check(root)
  }

  /// Each cell has its run and head, and the paper's numbers are of rows and columns that are there.
  private func check(_ root: ConfigSection) throws(ConfigError) {
    let names = Set(runs.map(\.name))
    for row in rows {
      for column in columns {
        let selector = selector(row, column)
        guard selector.absent == nil else { continue }
        let place = "row '\(row.label)', column '\(column.label)'"
        guard let run = selector.run, names.contains(run) else {
          throw root.outOfRange(
            "run", "'\(selector.run ?? "")' in \(place)",
            "one of \(names.sorted().joined(separator: ", "))")
        }
        guard selector.head != nil else {
          throw root.outOfRange("head", "missing in \(place)", "the name of a head")
        }
      }
    }
    for (row, values) in paper {
      guard rows.contains(where: { $0.label == row }) else {
        throw root.outOfRange("paper", "a file with a row '\(row)'", "the rows of this table")
      }
      if let column = values.keys.first(where: { label in !columns.contains { $0.label == label } })
      {
        throw root.outOfRange(
          "paper", "a file with a column '\(column)'", "the columns of this table")
      }
    }
  }

  private static func paper(_ file: String) throws -> [String: [String: Double]] {
    let root = ConfigSection(try ConfigTree(file: file).root, file: file)
    _ = try root.optionalString("source")
    let rows = try root.section("rows", needed: true)
    try root.finish()
    var paper: [String: [String: Double]] = [:]
    for row in rows.keys {
      let values = try rows.section(row)
      for column in values.keys { paper[row, default: [:]][column] = try values.number(column) }
    }
    return paper
  }
}

extension TableConfig.Line {
  fileprivate init(_ section: ConfigSection) throws {
    label = try section.string("label")
    selector = try TableConfig.Selector(section)
    try section.finish()
  }
}

extension TableConfig.Selector {
  fileprivate init(_ section: ConfigSection) throws(ConfigError) {
    run = try section.optionalString("run")
    head = try section.optionalString("head")
    metric =
      try section.optionalString("metric") == nil
      ? nil : section.choice("metric", default: PaperTable.Metric.accuracy)
    accent = try section.optionalString("accent")
    size = try section.optionalInteger("size")
    absent = try section.optionalString("absent")
    guard size ?? 1 >= 1 else { throw section.outOfRange("size", size ?? 0, "1 or more clips") }
  }
}
