import Foundation

/// Runs side by side: the rows of their reports, and their main heads on the clips that they share.
public struct RunComparison: Sendable {
  /// One run, as its folder tells it.
  public struct Run: Sendable {
    /// The folder's name, or the path where two have the same.
    public var name: String
    public var report: RunReport
    /// Of the main head: its language and the true one of each clip, by the clip's file; empty where
    /// the folder has no predictions.tsv.
    public var answers: [String: (truth: String, predicted: String)]

    /// Reads `report.json` and, if it is there, `predictions.tsv` of a run's folder.
    /// - Throws: `EvaluationError`, which names the file.
    public init(folder: String) throws(EvaluationError) {
      name = URL(fileURLWithPath: folder).lastPathComponent
      report = try RunReport(contentsOfJSON: folder + "/report.json")
      answers = [:]
      let path = folder + "/predictions.tsv"
      guard FileManager.default.fileExists(atPath: path) else { return }
      let table = try PredictionsTable(contentsOf: path)
      let wanted = ["path", "language", "predicted_\(report.mainHead)"]
      let columns = wanted.compactMap { table.header.firstIndex(of: $0) }
      guard columns.count == wanted.count else {
        throw .malformedTable(
          path: path, reason: "needs the columns \(wanted.joined(separator: ", "))")
      }
      for row in table.rows {
        answers[row[columns[0]]] = (row[columns[1]], row[columns[2]])
      }
    }

    var main: HeadEvaluation? { report.main }
  }

  /// The others are compared with the first.
  public let runs: [Run]

  /// - Precondition: at least two runs.
  public init(_ runs: [Run]) {
    precondition(runs.count >= 2, "\(runs.count) run")
    self.runs = runs
  }

  /// The first run's main head against each other one's, on the clips that both have, sorted by their
  /// files; nil for a run that shares none.
  public var tests: [HeadComparison?] {
    let first = runs[0]
    return runs.dropFirst().map { run in
      let common = first.answers.keys.filter {
        run.answers[$0]?.truth == first.answers[$0]?.truth
      }.sorted()
      guard !common.isEmpty else { return nil }
      func right(_ run: Run) -> [Bool] {
        common.map { run.answers[$0].map { $0.truth == $0.predicted } ?? false }
      }
      return HeadComparison(
        first: first.name, second: run.name, right: (right(first), right(run)))
    }
  }

  /// For a terminal: a row for each run's main head, then the tests.
  public var text: String {
    var table = TextTable(
      header: [
        "Run", "Head", "Clips", "Accuracy %", "95 % interval", "WER %", "CER %", "Train s",
      ], leading: 2)
    for run in runs {
      guard let head = run.main else { continue }
      table.rows.append([
        run.name, head.title, "\(head.detection.clips)",
        NumberFormat.share(head.detection.accuracy), NumberFormat.shares(head.detection.interval),
        NumberFormat.percent(head.transcription?.wer),
        NumberFormat.percent(head.transcription?.cer),
        NumberFormat.duration(head.training?.seconds ?? run.report.timing.train),
      ])
    }
    var tests = TextTable(
      header: [
        "\(runs[0].name) against", "Common clips", "Only \(runs[0].name) right",
        "Only the other right", "McNemar p",
      ])
    for (run, test) in zip(runs.dropFirst(), self.tests) {
      tests.rows.append(
        [run.name, "\(test?.clips ?? 0)"]
          + (test.map {
            ["\($0.onlyFirst)", "\($0.onlySecond)", NumberFormat.probability($0.pValue)]
          }
            ?? Array(repeating: NumberFormat.missing, count: 3)))
    }
    return table.plain + "\n" + tests.plain
  }

  /// For scripts: `runs` (name, main head, its detection, transcription and training) and `tests`.
  public func json() throws -> JSONValue {
    let rows = try runs.map { run -> JSONValue in
      [
        "name": .string(run.name), "date": .string(run.report.provenance.date),
        "main_head": .string(run.report.mainHead),
        "detection": try JSONValue(encoding: OrNull(wrappedValue: run.main?.detection)),
        "transcription": try JSONValue(encoding: OrNull(wrappedValue: run.main?.transcription)),
        "training": try JSONValue(encoding: OrNull(wrappedValue: run.main?.training)),
        "train_s": run.report.timing.train.map { .number($0) } ?? .null,
      ]
    }
    return [
      "runs": .array(rows),
      "tests": .array(try tests.map { try $0.map { try JSONValue(encoding: $0) } ?? .null }),
    ]
  }
}
