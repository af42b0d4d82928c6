import Foundation
internal import GRDB
import TensorFiles

extension EmbeddingCache {
  /// Looks at the file's first bytes before SQLite does, which would write into another program's
  /// database.
  static func requireCacheOrNothing(_ path: String) throws(CacheError) {
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

  /// - Parameter limit: the bytes of a file that is read whole to check it.
  static func open(_ path: String, limit: Int) throws(CacheError) -> DatabasePool {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = NORMAL") }
    var attempt = 0
    while true {
      do {
        // Before anything is written: making the pool writes a little.
        try lookAt(path, limit: limit)
        let pool = try DatabasePool(path: path, configuration: configuration)
        if try !hasTodaysTables(pool, path) { try CacheSchema.migrator.migrate(pool) }
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

  /// - Parameters:
  ///   - isLocked: whether SQLite cannot even make the files that it works with.
  ///   - limit: the bytes of a file that is read whole to check it.
  static func openToRead(
    _ path: String, isLocked: Bool, limit: Int
  ) throws(CacheError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(patience)
    do {
      // Without a log the file is all there is, and nobody changes it: no working files are needed.
      let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
      let name = URL(fileURLWithPath: path).absoluteString
      let queue = try DatabaseQueue(
        path: isLocked && (log ?? 0) == 0 ? name + "?immutable=1" : path,
        configuration: configuration)
      try requireSound(queue, path, limit: limit)
      guard try hasTodaysTables(queue, path) else {
        throw CacheError.cannotOpen(
          path: path, reason: "it is of an older version and read-only; open it once for writing")
      }
      return queue
    } catch let error as CacheError {
      throw error
    } catch {
      throw cacheError(error, path) { .cannotOpen(path: path, reason: $0) }
    }
  }

  /// The migrator's own table comes first, and may be alone if the process ended there.
  private static let hasForeignTables = """
    SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name <> 'grdb_migrations'
    """

  /// Checks the structure of a file that is there.
  private static func lookAt(_ path: String, limit: Int) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let size = attributes?[.size] as? Int, size > 0 else { return }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(patience)
    do {
      try requireSound(
        DatabaseQueue(path: path, configuration: configuration), path, limit: limit)
    } catch let error as DatabaseError
      where ![.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    {
      // A log that only a writer may bring in order, or somebody making the file just now.
    }
  }

  /// Looks at every page of a file up to `limit` bytes. Of a larger one SQLite compares the length with
  /// what the header says, and all keys are read, by the index of each table; damage in the pages of
  /// values shows when they are read, as an error or by their checksums.
  private static func requireSound(
    _ database: some DatabaseReader, _ path: String, limit: Int
  ) throws {
    try database.read { db in
      let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
      guard pages * pageSize > limit else {
        let problem = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
        if let problem, problem != "ok" { throw CacheError.damaged(path: path, reason: problem) }
        return
      }
      for kind in CacheKind.allCases where try db.tableExists(kind.rawValue) {
        // The index has everything that the count needs, and is a twentieth of the table.
        _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(kind.rawValue)")
      }
    }
  }

  /// - Throws: for another program's database, or one of a later version.
  private static func hasTodaysTables(
    _ database: some DatabaseReader, _ path: String
  ) throws -> Bool {
    let migrator = CacheSchema.migrator
    return try database.read { db in
      let application = try Int32.fetchOne(db, sql: "PRAGMA application_id")
      if application != CacheSchema.applicationID,
        try Bool.fetchOne(db, sql: hasForeignTables) == true
      {
        throw CacheError.notACache(path: path, reason: "it is another database")
      }
      if try migrator.hasBeenSuperseded(db) { throw CacheError.newerSchema(path: path) }
      return try migrator.hasCompletedMigrations(db)
    }
  }

  /// SQLite's word for an error, or `otherwise` with it.
  static func cacheError(
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
