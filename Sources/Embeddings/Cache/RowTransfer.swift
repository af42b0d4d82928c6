internal import GRDB

/// Puts the rows of another cache into the table of the same kind of this one.
struct RowTransfer {
  private let kind: CacheKind
  /// The other cache.
  private let path: String
  private let keepsOwn: Bool
  private let find, insert: Statement

  /// - Parameter db: of this cache, in a transaction.
  init(_ kind: CacheKind, from path: String, into db: Database, keepsOwn: Bool) throws {
    (self.kind, self.path, self.keepsOwn) = (kind, path, keepsOwn)
    let key = kind.key.map { "\($0) = ?" }.joined(separator: " AND ")
    let marks = Self.columns(kind).map { _ in "?" }.joined(separator: ", ")
    find = try db.makeStatement(sql: "SELECT \(kind.columns) FROM \(kind.rawValue) WHERE \(key)")
    insert = try db.makeStatement(
      sql: """
        INSERT OR REPLACE INTO \(kind.rawValue) (\(Self.columns(kind).joined(separator: ", ")))
        VALUES (\(marks))
        """)
  }

  /// What rows must begin with.
  static func columns(_ kind: CacheKind) -> [String] {
    kind.columns.split(separator: ", ").map(String.init) + kind.key
  }

  /// - Throws: `CacheError.mismatch` for a value that differs from the one that is there.
  func take(_ row: Row, _ result: inout CacheMerge) throws {
    guard kind.isSound(row),
      let names = try? kind.key.map({ try row.decode(String.self, forColumn: $0) })
    else {
      result.damaged += 1
      return
    }
    if let own = try Row.fetchOne(find, arguments: StatementArguments(names)), kind.isSound(own) {
      let checksum = try row.decode(Int64.self, forColumn: "checksum")
      let same = try own.decode(Int64.self, forColumn: "checksum") == checksum
      guard keepsOwn || same else {
        throw CacheError.mismatch(
          path: path,
          reason:
            "its value in \(kind.rawValue) for \(names.joined(separator: ", ")) is another than the "
            + "one that is there; --keep-own keeps the latter")
      }
      result.present += 1
      return
    }
    let values = row.prefix(Self.columns(kind).count).map { $0.1 }
    try insert.execute(arguments: StatementArguments(values))
    result.added += 1
  }
}
