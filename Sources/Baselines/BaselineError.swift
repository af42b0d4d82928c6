/// Why a rival head could not be trained.
public enum BaselineError: Error, Equatable, CustomStringConvertible {
  /// A setting out of its range.
  case setting(kind: BaselineKind, name: String, value: String, wanted: String)
  /// A search needs rows to choose by.
  case noValidation(kind: BaselineKind, candidates: Int)
  /// The library behind a support vector machine refused its parameters.
  case refused(kind: BaselineKind, reason: String)
  /// More neighbours than rows to take them from.
  case tooFewRows(kind: BaselineKind, rows: Int, needed: Int)

  /// One line that begins with the key in the config, where one is at fault.
  public var description: String {
    switch self {
    case .setting(let kind, let name, let value, let wanted):
      "evaluation.\(kind.section).\(name) is \(value): needs \(wanted)"
    case .noValidation(let kind, let candidates):
      "evaluation.\(kind.section): \(candidates) candidates but no validation rows to choose by; give "
        + "a list of one value for each setting, or a validation split"
    case .refused(let kind, let reason): "\(kind.title): \(reason)"
    case .tooFewRows(let kind, let rows, let needed):
      "evaluation.\(kind.section).k is \(needed): needs at most \(rows), the number of training "
        + "rows"
    }
  }
}
