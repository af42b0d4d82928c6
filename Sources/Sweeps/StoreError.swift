/// Why a store of trials cannot be used. Each case names the file.
public enum StoreError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case cannotOpen(path: String, reason: String)
  /// Another program's database, or no database.
  case notAStore(path: String, reason: String)
  case newerSchema(path: String)
  /// The trials in it belong to other settings of the sweep.
  case otherSweep(path: String, keys: [String])
  case cannotUse(path: String, reason: String)

  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): no such sweep; start the sweep first: cld-train sweep --config FILE"
    case .cannotOpen(let path, let reason):
      "\(path): cannot be opened: \(reason); use another output"
    case .notAStore(let path, let reason):
      "\(path): no store of trials: \(reason); remove it, or use another output"
    case .newerSchema(let path):
      "\(path): was made by a later version; use that one, or another output"
    case .otherSweep(let path, let keys):
      "\(path): has the trials of another sweep (\(keys.joined(separator: ", ")) differ); give this one "
        + "another `output`, or remove that file"
    case .cannotUse(let path, let reason):
      "\(path): cannot be used: \(reason); mend that, or use another output"
    }
  }
}
