internal import GRDB

/// What a look at every page and value of a cache has found.
public struct CacheCheck: Sendable, Equatable {
  /// SQLite's words about the file's structure; empty if it is whole.
  public var structure: [String]
  /// Values looked at.
  public var checked: Int
  /// Values that are not what was stored, as `kind: clip (producer)`.
  public var damaged: [String]

  /// Whether neither the structure nor a value is damaged.
  public var isSound: Bool { structure.isEmpty && damaged.isEmpty }
}

extension EmbeddingCache {
  /// Reads the whole cache.
  /// - Throws: `CacheError`.
  public func verify() throws(CacheError) -> CacheCheck {
    // At a page that is none a check breaks off with an error, unless it may stop at the first problem:
    // then it says which page that is.
    var words = try pragma("quick_check(1)")
    if words == ["ok"] { words = try pragma("integrity_check(20)") }
    var check = CacheCheck(structure: words.filter { $0 != "ok" }, checked: 0, damaged: [])
    for kind in CacheKind.allCases {
      do throws(CacheError) {
        let (checked, damaged) = try values(of: kind)
        check.checked += checked
        check.damaged += damaged
      } catch .damaged {
        check.structure.append("\(kind.rawValue): the values cannot all be read")
      }
    }
    return check
  }

  /// Reads without a transaction: where a page is broken, even the end of one that only reads fails.
  private func look<Value>(_ body: (Database) throws -> Value) throws(CacheError) -> Value {
    do {
      return try database.unsafeRead(body)
    } catch {
      throw Self.cacheError(error, path) { .cannotRead(path: path, reason: $0) }
    }
  }

  private func pragma(_ name: String) throws(CacheError) -> [String] {
    try look { try String.fetchAll($0, sql: "PRAGMA \(name)") }
  }

  /// How many values there are, and which of them are not what was stored.
  private func values(of kind: CacheKind) throws(CacheError) -> (checked: Int, damaged: [String]) {
    try look { db in
      var (checked, damaged) = (0, [String]())
      let rows = try Row.fetchCursor(
        db, sql: "SELECT \(kind.columns), clip, producer FROM \(kind.rawValue)")
      while let row = try rows.next() {
        checked += 1
        if !kind.isSound(row) {
          let clip: String = try row.decode(forColumn: "clip")
          let producer: String = try row.decode(forColumn: "producer")
          damaged.append("\(kind.rawValue): \(clip) (\(producer))")
        }
      }
      return (checked, damaged)
    }
  }
}
