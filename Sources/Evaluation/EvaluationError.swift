/// What can go wrong with the files of a report. Each case names the file.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
  case unwritable(path: String, reason: String)
  case unreadable(path: String, reason: String)
  /// Of a `report.json`.
  case malformed(path: String, reason: String)
  /// Of a `predictions.tsv`.
  case malformedTable(path: String, reason: String)

  public var description: String {
    switch self {
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .malformed(let path, let reason): "\(path): not a report.json: \(reason)"
    case .malformedTable(let path, let reason): "\(path): not a predictions.tsv: \(reason)"
    }
  }
}
