import Foundation
internal import GRDB

/// The tables of a store of trials.
enum StoreSchema {
  /// In the file's header: "CLDs".
  private static let applicationID: Int32 = 0x434C_4473
  /// A store of version 1 has two columns more, which are left alone.
  private static let version: Int32 = 2

  static func open(_ path: String) throws(StoreError) -> DatabaseQueue {
    try requireStoreOrNothing(path)
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(60)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.writeWithoutTransaction { db in
        try db.inTransaction(.immediate) {
          try prepare(db, path)
          return .commit
        }
      }
      return queue
    } catch let error as StoreError {
      throw error
    } catch let error as DatabaseError
      where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode)
    {
      throw .notAStore(path: path, reason: reason(error))
    } catch {
      throw .cannotOpen(path: path, reason: reason(error))
    }
  }

  /// Looks at the first bytes before SQLite does, which takes an empty or foreign file for its own.
  private static func requireStoreOrNothing(_ path: String) throws(StoreError) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return
    }
    if isFolder.boolValue { throw .notAStore(path: path, reason: "it is a folder") }
    guard let handle = FileHandle(forReadingAtPath: path) else { return }  // SQLite says why
    defer { try? handle.close() }
    // Nothing to read: another process is just making it.
    guard let start = try? handle.read(upToCount: 16), !start.isEmpty else { return }
    if start != Data("SQLite format 3\0".utf8) {
      throw .notAStore(path: path, reason: "it is no SQLite database")
    }
  }

  private static func prepare(_ db: Database, _ path: String) throws {
    let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    guard application == applicationID || (application == 0 && tables == 0) else {
      throw StoreError.notAStore(path: path, reason: "it is another program's database")
    }
    let found = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard found <= version else { throw StoreError.newerSchema(path: path) }
    guard found == 0 else { return }
    // `results` has a row for each rung that a trial ended: none can end twice.
    try db.execute(
      sql: """
        CREATE TABLE properties (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);
        CREATE TABLE trials (
          number INTEGER PRIMARY KEY, settings TEXT NOT NULL, state TEXT NOT NULL,
          rung INTEGER NOT NULL DEFAULT 0, value REAL, seeds TEXT NOT NULL DEFAULT '[]',
          iterations INTEGER, reason TEXT, seconds REAL NOT NULL DEFAULT 0,
          attempts INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE leases (
          number INTEGER PRIMARY KEY, owner TEXT NOT NULL, expires REAL NOT NULL);
        CREATE TABLE results (
          trial INTEGER NOT NULL, rung INTEGER NOT NULL, iterations INTEGER NOT NULL,
          value REAL NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (trial, rung));
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        """)
  }

  /// SQLite's words for an error.
  static func reason(_ error: any Error) -> String {
    guard let error = error as? DatabaseError else { return "\(error)" }
    return error.message ?? "\(error.resultCode)"
  }
}
