/// Why a cache cannot be used. Each case names the file and says what to do.
public enum CacheError: Error, Equatable, CustomStringConvertible {
  case cannotOpen(path: String, reason: String)
  /// The file is something else, and stays as it is.
  case notACache(path: String, reason: String)
  /// A later version of this program wrote it.
  case newerSchema(path: String)
  /// The database's own structure is broken (a damaged value is not: it is computed again).
  case damaged(path: String, reason: String)
  case cannotRead(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// A value that this cache has otherwise, or a cache of other clips or another encoder.
  case mismatch(path: String, reason: String)

  public var path: String {
    switch self {
    case .cannotOpen(let path, _), .notACache(let path, _), .newerSchema(let path),
      .damaged(let path, _), .cannotRead(let path, _), .cannotWrite(let path, _),
      .mismatch(let path, _):
      path
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "\(path): the cache cannot be opened: \(reason)"
    case .notACache(let path, let reason):
      "\(path): not an embedding cache: \(reason); name another file"
    case .newerSchema(let path):
      "\(path): the cache is from a later version of this program; use that one, or another file"
    case .damaged(let path, let reason):
      "\(path): the cache is damaged: \(reason); `cache merge NEW THIS --salvage` saves what can be "
        + "read, or delete it with its -wal and -shm, and the clips are encoded again"
    case .cannotRead(let path, let reason):
      "\(path): the cache cannot be read: \(reason)"
    case .cannotWrite(let path, let reason):
      "\(path): the cache cannot be written: \(reason); what was stored before is kept"
    case .mismatch(let path, let reason):
      "\(path): does not match: \(reason); nothing was merged"
    }
  }
}
