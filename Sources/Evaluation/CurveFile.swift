import Foundation

/// A file of a run's curves for other tools.
public enum CurveFile: String, Sendable, CaseIterable {
  /// A header and a line an iteration.
  case csv
  /// What TensorBoard shows as scalars.
  case tensorboard

  /// In the run's folder.
  public var name: String {
    switch self {
    case .csv: "curves.csv"
    // TensorBoard takes any file whose name has "tfevents".
    case .tensorboard: "events.out.tfevents.cld-train"
    }
  }

  /// Writes the curves, whole or not at all.
  /// - Throws: `EvaluationError.unwritable`.
  public func write(
    _ trace: [RunReport.TracePoint], to path: String, start: Date = Date()
  ) throws(EvaluationError) {
    switch self {
    case .csv: try writeAtomically(Data(Self.csv(trace).utf8), to: path)
    case .tensorboard: try writeAtomically(EventFile.data(trace, start: start), to: path)
    }
  }

  /// Columns `iteration`, `seconds` and the curves; a cell is empty where there is no number.
  static func csv(_ trace: [RunReport.TracePoint]) -> String {
    let curves = RunReport.TracePoint.curves
    let header = ["iteration", "seconds"] + curves.map(\.name)
    let lines = trace.map { point in
      ["\(point.iteration)", "\(point.seconds)"]
        + curves.map { curve in curve.value(point).map { "\($0)" } ?? "" }
    }
    return ([header] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
  }
}
