import Foundation
internal import GRDB
import Synchronization
import TensorFiles

/// What was computed from clips, kept in one SQLite file: pooled embeddings, detectors' logits and
/// transcripts.
///
/// Each `store` is a transaction of its own. The file is in WAL mode with `synchronous = NORMAL`: a
/// committed value has been handed to the operating system, so that killing the process loses none;
/// only a power failure may lose the last ones, and neither breaks the file. Several processes may
/// use one cache on the same machine; a writer waits for another. Values have a checksum: a damaged
/// one counts as absent, and storing it again repairs it.
public final class EmbeddingCache: Sendable {
  /// As the caller named it.
  public let path: String
  /// Whether nothing can be stored.
  public let isReadOnly: Bool
  let database: any DatabaseWriter
  private let damaged = Atomic<Int>(0)

  /// Seconds that a connection waits for another one's transaction.
  static let patience = 60.0

  /// The largest file, in bytes, of which opening reads every page: about 0.6 s. It has 180,000 vectors
  /// of 1,280 numbers.
  static let fullCheckLimit = 1 << 30

  /// Opens a cache, or makes a new one with the folders on the way. Its structure is checked first (of
  /// one beyond 1 GiB the keys' alone, so that opening takes a moment at any size; `verify` reads
  /// all), and an older version's is brought up to date.
  ///
  /// - Parameters:
  ///   - path: the cache's file.
  ///   - readOnly: for looking only. A file or folder that must not be written is opened in this way in
  ///     any case.
  /// - Throws: `CacheError`.
  public convenience init(path: String, readOnly: Bool = false) throws(CacheError) {
    try self.init(path: path, readOnly: readOnly, fullCheckLimit: Self.fullCheckLimit)
  }

  init(path: String, readOnly: Bool, fullCheckLimit: Int) throws(CacheError) {
    self.path = path
    try Self.requireCacheOrNothing(path)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let exists = FileManager.default.fileExists(atPath: path)
    let isLocked = exists && !(Self.isWritable(path) && Self.isWritable(folder.path))
    isReadOnly = readOnly || isLocked
    guard !isReadOnly else {
      database = try Self.openToRead(path, isLocked: isLocked, limit: fullCheckLimit)
      return
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotOpen(path: path, reason: error.systemReason)
    }
    database = try Self.open(path, limit: fullCheckLimit)
  }

  private static func isWritable(_ path: String) -> Bool { unsafe access(path, W_OK) == 0 }

  /// How many damaged values have been met since the cache was opened.
  public var damagedCount: Int { damaged.load(ordering: .relaxed) }

  // MARK: Transactions

  /// The value that `decode` makes of a row, counting those that turn out to be damaged.
  func sound<Value>(_ row: Row, _ decode: (Row) throws -> Value?) -> Value? {
    let value = try? decode(row)
    if value == nil { damaged.add(1, ordering: .relaxed) }
    return value
  }

  func read<Value>(_ body: (Database) throws -> Value) throws(CacheError) -> Value {
    do {
      return try database.read(body)
    } catch {
      throw Self.cacheError(error, path) { .cannotRead(path: path, reason: $0) }
    }
  }

  func write(_ sql: String, _ arguments: StatementArguments) throws(CacheError) {
    try change { db in try db.cachedStatement(sql: sql).execute(arguments: arguments) }
  }

  /// One transaction: all of it, or nothing.
  func change<Value>(_ body: (Database) throws -> Value) throws(CacheError) -> Value {
    guard !isReadOnly else { throw .cannotWrite(path: path, reason: "it is read-only") }
    do {
      return try database.write(body)
    } catch let error as CacheError {
      throw error
    } catch {
      throw Self.cacheError(error, path) { .cannotWrite(path: path, reason: $0) }
    }
  }
}
