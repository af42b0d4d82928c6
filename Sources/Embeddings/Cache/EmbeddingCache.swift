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
  public let path: String
  private let pool: DatabasePool
  private let damaged = Atomic<Int>(0)

  /// Seconds that a connection waits for another one's transaction.
  private static let patience = 60.0

  /// Opens a cache, or makes a new one with the folders on the way.
  ///
  /// - Throws: `CacheError`.
  public init(path: String) throws(CacheError) {
    self.path = path
    try Self.requireCacheOrNothing(path)
    do {
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: path).deletingLastPathComponent(),
        withIntermediateDirectories: true)
    } catch {
      throw .cannotOpen(path: path, reason: error.systemReason)
    }
    pool = try Self.open(path)
  }

  /// How many damaged values have been met since the cache was opened.
  public var damagedCount: Int { damaged.load(ordering: .relaxed) }

  // MARK: Embeddings

  /// Nil if there is none, or only a damaged one.
  public func embedding(for key: CacheKey) throws(CacheError) -> CachedEmbedding? {
    try embeddings(for: [key])[0]
  }

  /// One for each key, in their order, read at once.
  public func embeddings(for keys: [CacheKey]) throws(CacheError) -> [CachedEmbedding?] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT dimension, vector, flops, seconds, checksum FROM embeddings
          WHERE producer = ? AND preprocessing = ? AND clip = ?
          """)
      return try keys.map { key in
        let arguments: StatementArguments = [key.producer, key.preprocessing, key.clip]
        guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
        return self.sound(row) { row in
          let vector = try row.withUnsafeData(atIndex: 1) { data -> [Float]? in
            guard let data, Checksum.of(data) == (try row.decode(Int64.self, atIndex: 4)) else {
              return nil
            }
            return FloatBytes.floats(data)
          }
          guard let vector, vector.count == (try row.decode(Int.self, atIndex: 0)) else {
            return nil
          }
          return CachedEmbedding(
            vector: vector, flops: try row.decode(atIndex: 2), seconds: try row.decode(atIndex: 3))
        }
      }
    }
  }

  /// Stores an embedding in place of any that is there.
  public func store(_ embedding: CachedEmbedding, for key: CacheKey) throws(CacheError) {
    let data = FloatBytes.data(embedding.vector)
    try write(
      """
      INSERT OR REPLACE INTO embeddings
      (producer, preprocessing, clip, dimension, vector, flops, seconds, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        key.producer, key.preprocessing, key.clip, embedding.vector.count, data, embedding.flops,
        embedding.seconds, Checksum.of(data),
      ])
  }

  // MARK: Detections

  /// Nil if there is none, or only a damaged one.
  public func detection(for key: CacheKey) throws(CacheError) -> CachedDetection? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT languages, logits, flops, seconds, checksum FROM detections
          WHERE producer = ? AND preprocessing = ? AND clip = ?
          """)
      let arguments: StatementArguments = [key.producer, key.preprocessing, key.clip]
      guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
      return self.sound(row) { row in
        let names = try row.decode(String.self, atIndex: 0)
        let data = try row.decode(Data.self, atIndex: 1)
        let languages = names.isEmpty ? [] : names.split(separator: ",").map(String.init)
        guard Checksum.of(data, names) == (try row.decode(Int64.self, atIndex: 4)),
          let logits = FloatBytes.floats(data),
          logits.count == languages.count
        else { return nil }
        return CachedDetection(
          languages: languages, logits: logits, flops: try row.decode(atIndex: 2),
          seconds: try row.decode(atIndex: 3))
      }
    }
  }

  /// Stores a detection in place of any that is there.
  public func store(_ detection: CachedDetection, for key: CacheKey) throws(CacheError) {
    let data = FloatBytes.data(detection.logits)
    let names = detection.languages.joined(separator: ",")
    try write(
      """
      INSERT OR REPLACE INTO detections
      (producer, preprocessing, clip, languages, logits, flops, seconds, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        key.producer, key.preprocessing, key.clip, names, data, detection.flops,
        detection.seconds, Checksum.of(data, names),
      ])
  }

  // MARK: Transcripts

  /// The text in the language that the transcriber was told; nil if there is none, or only a damaged
  /// one.
  public func transcript(
    for key: CacheKey, language: String
  ) throws(CacheError) -> CachedTranscript? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT text, flops, seconds, checksum FROM transcripts
          WHERE producer = ? AND preprocessing = ? AND clip = ? AND language = ?
          """)
      let arguments: StatementArguments = [key.producer, key.preprocessing, key.clip, language]
      guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
      return self.sound(row) { row in
        let text = try row.decode(String.self, atIndex: 0)
        guard Checksum.of(Data(), text) == (try row.decode(Int64.self, atIndex: 3)) else {
          return nil
        }
        return CachedTranscript(
          text: text, flops: try row.decode(atIndex: 1), seconds: try row.decode(atIndex: 2))
      }
    }
  }

  /// Stores a transcript in place of any that is there.
  public func store(
    _ transcript: CachedTranscript, for key: CacheKey, language: String
  ) throws(CacheError) {
    try write(
      """
      INSERT OR REPLACE INTO transcripts
      (producer, preprocessing, clip, language, text, flops, seconds, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        key.producer, key.preprocessing, key.clip, language, transcript.text, transcript.flops,
        transcript.seconds, Checksum.of(Data(), transcript.text),
      ])
  }

  // MARK: Transactions

  /// The value that `decode` makes of a row, counting those that turn out to be damaged.
  private func sound<Value>(_ row: Row, _ decode: (Row) throws -> Value?) -> Value? {
    let value = try? decode(row)
    if value == nil { damaged.add(1, ordering: .relaxed) }
    return value
  }

  private func read<Value>(_ body: (Database) throws -> Value) throws(CacheError) -> Value {
    do {
      return try pool.read(body)
    } catch {
      throw Self.cacheError(error, path) { .cannotRead(path: path, reason: $0) }
    }
  }

  private func write(_ sql: String, _ arguments: StatementArguments) throws(CacheError) {
    do {
      try pool.write { db in
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
      }
    } catch {
      throw Self.cacheError(error, path) { .cannotWrite(path: path, reason: $0) }
    }
  }
}

// MARK: - Opening

extension EmbeddingCache {
  /// Looks at the file's first bytes before SQLite does, which would write into another program's
  /// database.
  private static func requireCacheOrNothing(_ path: String) throws(CacheError) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return
    }
    if isFolder.boolValue { throw .notACache(path: path, reason: "it is a folder") }
    let header: Data
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      header = try handle.read(upToCount: 100) ?? Data()
    } catch {
      throw .cannotOpen(path: path, reason: error.systemReason)
    }
    if header.isEmpty { return }
    guard header.starts(with: Array("SQLite format 3\0".utf8)), header.count == 100 else {
      throw .notACache(path: path, reason: "it is no SQLite database")
    }
    // Big-endian, at byte 68; zero in a new file whose first pages are still in the log.
    let application = header[68..<72].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard application == 0 || application == UInt32(CacheSchema.applicationID) else {
      throw .notACache(path: path, reason: "it is another program's database")
    }
  }

  private static func open(_ path: String) throws(CacheError) -> DatabasePool {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = NORMAL") }
    var attempt = 0
    while true {
      do {
        let pool = try DatabasePool(path: path, configuration: configuration)
        try prepare(pool, path)
        return pool
      } catch let error as CacheError {
        throw error
      } catch {
        // Two processes that make the same new file: switching to WAL mode does not wait as
        // transactions do, and the second finds the first one's tables. A little later all is well.
        attempt += 1
        let code = (error as? DatabaseError)?.resultCode
        let mayPass = code == .SQLITE_BUSY || code == .SQLITE_ERROR || code == .SQLITE_CONSTRAINT
        guard mayPass, attempt < 20 else {
          throw cacheError(error, path) { .cannotOpen(path: path, reason: $0) }
        }
        Thread.sleep(forTimeInterval: 0.05 * Double(attempt))
      }
    }
  }

  /// The migrator's own table comes first, and may be alone if the process ended there.
  private static let hasForeignTables = """
    SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name <> 'grdb_migrations'
    """

  private static func prepare(_ pool: DatabasePool, _ path: String) throws {
    let migrator = CacheSchema.migrator
    let (isCurrent, isNewer, isForeign) = try pool.read { db in
      let application = try Int32.fetchOne(db, sql: "PRAGMA application_id")
      return (
        try migrator.hasCompletedMigrations(db), try migrator.hasBeenSuperseded(db),
        try application != CacheSchema.applicationID
          && Bool.fetchOne(db, sql: Self.hasForeignTables) == true
      )
    }
    if isForeign { throw CacheError.notACache(path: path, reason: "it is another database") }
    if isNewer { throw CacheError.newerSchema(path: path) }
    if !isCurrent { try migrator.migrate(pool) }
  }

  /// SQLite's word for an error, or `otherwise` with it.
  private static func cacheError(
    _ error: any Error, _ path: String, otherwise: (String) -> CacheError
  ) -> CacheError {
    guard let error = error as? DatabaseError else { return otherwise("\(error)") }
    let reason = error.message ?? "\(error.resultCode)"
    return switch error.resultCode {
    case .SQLITE_NOTADB: .notACache(path: path, reason: reason)
    case .SQLITE_CORRUPT: .damaged(path: path, reason: reason)
    default: otherwise(reason)
    }
  }
}
