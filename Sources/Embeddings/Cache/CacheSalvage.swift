internal import GRDB

extension EmbeddingCache {
  /// Takes over what can still be read of a cache whose structure is damaged: every value on a page that
  /// is whole, if its checksum is right. In one transaction.
  ///
  /// - Parameters:
  ///   - path: the damaged cache, which stays as it is. It may be of other clips or encoders.
  ///   - keepsOwn: where a value differs from the one that is there, keep that; otherwise such a value
  ///     is an error.
  /// - Throws: `CacheError`.
  public func salvage(_ path: String, keepsOwn: Bool = false) throws(CacheError) -> CacheMerge {
    try requireOther(path)
    try Self.requireCacheOrNothing(path)
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(Self.patience)
    let source: DatabaseQueue
    do {
      source = try DatabaseQueue(path: path, configuration: configuration)
    } catch {
      throw Self.cacheError(error, path) { .cannotOpen(path: path, reason: $0) }
    }
    return try change { db in
      var result = CacheMerge()
      for kind in CacheKind.allCases {
        let transfer = try RowTransfer(kind, from: path, into: db, keepsOwn: keepsOwn)
        // Without a transaction: where a page is broken, even the end of one that only reads fails.
        try source.unsafeRead { source in
          let rows = ReadableRows(kind, of: source)
          do {
            try rows.visit { try transfer.take($0, &result) }
          } catch let error as ReadableRows.Unreadable {
            throw CacheError.cannotRead(path: path, reason: error.reason)
          }
        }
      }
      return result
    }
  }
}

/// The rows of a table, but for those on pages that cannot be read.
private struct ReadableRows {
  private let kind: CacheKind
  private let db: Database

  /// The other file's trouble, told apart from that of the one that is written.
  struct Unreadable: Error {
    let reason: String
  }

  init(_ kind: CacheKind, of db: Database) { (self.kind, self.db) = (kind, db) }

  /// A range of row numbers in which reading fails is halved, until what is left out is single rows.
  func visit(_ body: (Row) throws -> Void) throws {
    let columns = RowTransfer.columns(kind).joined(separator: ", ")
    let statement = try reading {
      try db.makeStatement(
        sql: """
          SELECT \(columns), rowid AS id FROM \(kind.rawValue)
          WHERE rowid BETWEEN ? AND ? ORDER BY rowid
          """)
    }
    let last = try lastRow()
    var pending: [ClosedRange<Int64>] = last >= 1 ? [1...last] : []
    while let range = pending.popLast() {
      var next = range.lowerBound
      let rows = try Row.fetchCursor(
        statement, arguments: [range.lowerBound, range.upperBound])
      var isWhole = true
      while let row = try reading({
        do {
          return try rows.next()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
          isWhole = false
          return nil
        }
      }) {
        next = (try row.decode(Int64.self, forColumn: "id")) + 1
        try body(row)
      }
      guard !isWhole, next <= range.upperBound else { continue }
      if next > range.lowerBound {
        pending.append(next...range.upperBound)
      } else if range.count > 1 {
        let middle = range.lowerBound + Int64(range.count / 2)
        pending += [middle...range.upperBound, range.lowerBound...(middle - 1)]
      }
    }
  }

  /// The largest row number, from the table or from its index; where neither can be read, one that is
  /// surely beyond it: a page holds at most twenty rows, and most numbers are of rows that are there.
  private func lastRow() throws -> Int64 {
    let (table, index) = (kind.rawValue, "sqlite_autoindex_\(kind.rawValue)_1")
    for (number, source) in [
      ("rowid", "\(table) NOT INDEXED"), ("+rowid", "\(table) INDEXED BY \(index)"),
    ] {
      do {
        return try Int64.fetchOne(db, sql: "SELECT max(\(number)) FROM \(source)") ?? 0
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
        continue
      }
    }
    return 100 * (try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
  }

  private func reading<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw Unreadable(reason: error.message ?? "\(error.resultCode)")
    }
  }
}
