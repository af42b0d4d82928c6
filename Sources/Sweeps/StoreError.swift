/// Why a store of trials cannot be used. Each case names the file.
public enum StoreError: Error, Equatable, CustomStringConvertible {
  /// No file there, where one is to be read.
  case missing(path: String)
  /// SQLite cannot open the file, or the folder cannot be made.
  case cannotOpen(path: String, reason: String)
  /// Another program's database, or no database.
  case notAStore(path: String, reason: String)
  /// Its tables are of a later version of this program.
  case newerSchema(path: String)
  /// The trials in it belong to other settings of the sweep.
  case otherSweep(path: String, keys: [String])
  /// A step in an open store failed: a full disk, a file that was locked for a minute.
  case cannotUse(path: String, reason: String)

  /// One line with the file, what is wrong, and what to do.
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
