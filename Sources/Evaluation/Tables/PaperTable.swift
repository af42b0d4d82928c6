import Foundation

/// A table of results beside published ones: the published value, ours with its interval, the difference.
public struct PaperTable: Sendable {
  /// What is measured in a column.
  public enum Metric: String, Sendable, CaseIterable {
    case accuracy, wer, cer
    case trainSeconds = "train_s"
    /// The paper's convention: wall seconds of training × 218.4.
    case paperTeraFLOP = "paper_tflops"

    /// The name of an axis: what is measured, and its unit.
    public var unit: String {
      switch self {
      case .accuracy: "accuracy, %"
      case .wer: "WER, %"
      case .cer: "CER, %"
      case .trainSeconds: "training, s"
      case .paperTeraFLOP: "TFLOPs, paper's convention"
      }
    }

    /// What a value can be.
    public var range: ClosedRange<Double> { self == .accuracy ? 0...100 : 0...(.infinity) }
  }

  /// What stands over a column, and what is measured in it.
  public struct Column: Sendable {
    public var label: String
    public var metric: Metric

    public init(label: String, metric: Metric) { (self.label, self.metric) = (label, metric) }
  }

  /// The published value and ours, in the unit of the column's metric.
  public struct Cell: Sendable {
    public var paper, ours: Double?
    /// 95 %: of the clips for one seed, of the mean over seeds for several.
    public var interval: Interval?
    /// Clips that ours is the share of, where it is one.
    public var clips: Int?
    /// Why there is none of ours.
    public var missing: String?

    public init(
      paper: Double?, ours: Double? = nil, interval: Interval? = nil, clips: Int? = nil,
      missing: String? = nil
    ) {
      (self.paper, self.ours, self.interval) = (paper, ours, interval)
      (self.clips, self.missing) = (clips, missing)
    }

    /// Ours less the paper's.
    public var difference: Double? { ours.flatMap { ours in paper.map { ours - $0 } } }
  }

  /// A line of the table, with a cell for each column.
  public struct Row: Sendable {
    public var label: String
    /// Its place on the axis of a figure, for a table that is drawn as lines.
    public var x: Double?
    public var cells: [Cell]

    public init(label: String, x: Double? = nil, cells: [Cell]) {
      (self.label, self.x, self.cells) = (label, x, cells)
    }
  }

  /// What stands over the table, and the program's version.
  public var title, version: String
  /// When the table was made: ISO 8601, UTC, to the second.
  public var date = Date().formatted(.iso8601)
  /// What stands over the first column.
  public var corner: String
  public var columns: [Column]
  public var rows: [Row]
  /// What a reader must know.
  public var notes: [String]
  /// What is missing, and how to get it.
  public var missing: [String]
  /// Of how many seeds ours is the mean.
  public var seeds: Int

  /// - Precondition: a cell for each column in each row.
  public init(
    title: String, version: String, corner: String, columns: [Column], rows: [Row],
    notes: [String], missing: [String], seeds: Int
  ) {
    precondition(
      rows.allSatisfy { $0.cells.count == columns.count },
      "rows of \(rows.map(\.cells.count)) cells for \(columns.count) columns")
    (self.title, self.version, self.corner) = (title, version, corner)
    (self.columns, self.rows, self.notes) = (columns, rows, notes)
    (self.missing, self.seeds) = (missing, seeds)
  }

  /// Whether any number of the paper is known.
  var hasPaper: Bool { rows.contains { $0.cells.contains { $0.paper != nil } } }

  /// Sentences below the table.
  var remarks: [String] {
    var remarks = notes
    if !hasPaper { remarks.append("The paper's numbers for this are not available.") }
    remarks.append(
      seeds > 1
        ? "Ours: mean over \(seeds) seeds, in brackets its 95 % interval (Student's t, cut off at what is possible); the test clips are the same for all."
        : "Ours: in brackets the 95 % interval over test clips (Wilson; bootstrap for error rates)."
    )
    return remarks
  }

  /// Three columns for each: paper, ours, difference; one where the paper has none.
  var textTable: TextTable {
    var header = [corner]
    for column in columns {
      header += hasPaper ? ["\(column.label): paper", "ours", "Δ"] : [column.label]
    }
    var table = TextTable(header: header)
    table.rows = rows.map { row in
      [row.label]
        + zip(columns, row.cells).flatMap { column, cell in
          let ours = Self.text(cell, column.metric)
          return hasPaper
            ? [
              Self.number(cell.paper, column.metric), ours,
              Self.signed(cell.difference, column.metric),
            ] : [ours]
        }
    }
    return table
  }

  /// For a terminal.
  public var text: String {
    ([title, "", textTable.plain] + missingLines + remarks).joined(separator: "\n")
  }

  var missingLines: [String] {
    missing.isEmpty ? [] : ["Missing:"] + missing.map { "- \($0)" } + [""]
  }

  /// The text of `table.md`.
  public var markdown: String {
    var text = "# \(Markdown.escaped(title))\n\n\(textTable.markdown)\n"
    if !missing.isEmpty {
      text += "Missing:\n\n" + missing.map { "- \(Markdown.escaped($0))\n" }.joined() + "\n"
    }
    return text + remarks.map { Markdown.escaped($0) + "\n" }.joined(separator: "\n")
  }

  /// The text of `table.csv`: a line for each cell.
  public var csv: String {
    func field(_ text: String) -> String {
      text.contains { ",\"\n\r".contains($0) }
        ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    func number(_ x: Double?) -> String { x.map { "\($0)" } ?? "" }
    var lines = ["row,column,metric,paper,ours,lower,upper,difference,clips,missing"]
    for row in rows {
      for (column, cell) in zip(columns, row.cells) {
        lines.append(
          [
            field(row.label), field(column.label), column.metric.rawValue, number(cell.paper),
            number(cell.ours), number(cell.interval?.lower), number(cell.interval?.upper),
            number(cell.difference), cell.clips.map(String.init) ?? "",
            field(cell.missing ?? ""),
          ].joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// An object for each cell.
  public var json: JSONValue {
    func orNull(_ x: Double?) -> JSONValue { x.map { .number($0) } ?? .null }
    let cells = rows.flatMap { row in
      zip(columns, row.cells).map { column, cell -> JSONValue in
        [
          "row": .string(row.label), "column": .string(column.label),
          "metric": .string(column.metric.rawValue), "paper": orNull(cell.paper),
          "ours": orNull(cell.ours), "lower": orNull(cell.interval?.lower),
          "upper": orNull(cell.interval?.upper), "difference": orNull(cell.difference),
          "clips": cell.clips.map { .integer($0) } ?? .null,
          "missing": cell.missing.map { .string($0) } ?? .null,
        ]
      }
    }
    return [
      "title": .string(title), "cells": .array(cells),
      "missing": .array(missing.map { .string($0) }),
      "notes": .array(remarks.map { .string($0) }),
    ]
  }

  // MARK: Numbers

  static func number(_ value: Double?, _ metric: Metric) -> String {
    guard let value else { return NumberFormat.missing }
    switch metric {
    case .accuracy, .wer, .cer: return NumberFormat.percent(value)
    case .trainSeconds: return NumberFormat.duration(value)
    case .paperTeraFLOP: return String(format: value < 100 ? "%.3g" : "%.0f", value)
    }
  }

  static func signed(_ value: Double?, _ metric: Metric) -> String {
    guard let value else { return NumberFormat.missing }
    let digits = number(abs(value), metric)
    return (value < 0 ? "−" : "+") + digits
  }

  static func text(_ cell: Cell, _ metric: Metric) -> String {
    guard let interval = cell.interval, cell.ours != nil else { return number(cell.ours, metric) }
    return number(cell.ours, metric)
      + " [\(number(interval.lower, metric)), \(number(interval.upper, metric))]"
  }

  /// Writes `table.md`, `table.csv`, `table.tex` and `table.html` into a folder, each whole or not at all.
  public func write(to folder: String) throws(EvaluationError) {
    for (name, text) in [
      ("table.md", markdown), ("table.csv", csv), ("table.tex", latex), ("table.html", html),
    ] { try writeAtomically(Data(text.utf8), to: folder + "/" + name) }
  }
}
