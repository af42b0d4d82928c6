/// Why a corpus cannot be used. Each case names the file or the config's key, and what to do.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// A value in the config; `key` is its path there, such as `corpus.params.samples_per_class`.
  case config(key: String, reason: String)
  /// An accent's `dataset` that no source is called.
  case unknownSource(key: String, name: String, known: [String])
  /// A folder that the config leads to; `purpose` says which one it is.
  case missingFolder(path: String, purpose: String)
  /// A table that cannot be opened, read or understood.
  case unreadable(path: String, reason: String)
  /// A column that is needed; `found` are the header's names.
  case missingColumn(path: String, column: String, found: [String])
  /// A language, or an accent, of which the tables give no clip that is there.
  case noClips(language: String, matchingRows: Int, tables: [String], firstProblem: String?)
  /// A split file or a list of skipped clips.
  case unwritable(path: String, reason: String)

  public var description: String {
    switch self {
    case .config(let key, let reason):
      return "\(key): \(reason)"
    case .unknownSource(let key, let name, let known):
      return "\(key): there is no source '\(name)', only \(known.joined(separator: ", ")); "
        + "describe it in corpus.sources.\(name)"
    case .missingFolder(let path, let purpose):
      return "\(path): no such folder; \(purpose)"
    case .unreadable(let path, let reason):
      return "\(path): cannot be read: \(reason)"
    case .missingColumn(let path, let column, let found):
      let hint = found.count < 2 ? "; separate its columns by tabs" : ""
      return "\(path): has no column '\(column)', found: \(found.joined(separator: ", "))\(hint)"
    case .noClips(let language, let matchingRows, let tables, let firstProblem):
      let tables = tables.joined(separator: ", ")
      let problem = firstProblem.map { "; first problem: \($0)" } ?? ""
      return matchingRows == 0
        ? "language '\(language)': no row of \(tables) matches its accents; check column_name"
        : "language '\(language)': none of the \(matchingRows) matching clips of \(tables) "
          + "can be used\(problem)"
    case .unwritable(let path, let reason):
      return "\(path): cannot be written: \(reason)"
    }
  }
}
