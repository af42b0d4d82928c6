internal import GRDB

/// Which values to remove. Conditions are combined: all that are given must hold.
public struct CachePruning: Sendable, Equatable {
  /// Beginning of the producer, such as `whisper/3a…`.
  public var producer: String?
  /// The whole preprocessing.
  public var preprocessing: String?
  /// Only values of this kind.
  public var kind: CacheKind?
  /// Only values that are damaged.
  public var onlyDamaged: Bool

  public init(
    producer: String? = nil, preprocessing: String? = nil, kind: CacheKind? = nil,
    onlyDamaged: Bool = false
  ) {
    (self.producer, self.preprocessing) = (producer, preprocessing)
    (self.kind, self.onlyDamaged) = (kind, onlyDamaged)
  }
}

extension EmbeddingCache {
  /// Removes values and gives their space back to the file system.
  ///
  /// - Parameters:
  ///   - pruning: which values.
  ///   - dryRun: count only.
  /// - Returns: how many values were removed, or would be.
  /// - Throws: `CacheError`.
  public func prune(_ pruning: CachePruning, dryRun: Bool = false) throws(CacheError) -> Int {
    let count =
      dryRun
      ? try read { try Self.prune($0, pruning, dryRun: true) }
      : try change { try Self.prune($0, pruning, dryRun: false) }
    guard !dryRun, count > 0 else { return count }
    do {
      try database.vacuum()
      try database.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      }
    } catch {
      throw Self.cacheError(error, path) { .cannotWrite(path: path, reason: $0) }
    }
    return count
  }

  private static func prune(
    _ db: Database, _ pruning: CachePruning, dryRun: Bool
  ) throws -> Int {
    var count = 0
    for kind in CacheKind.allCases where (pruning.kind ?? kind) == kind {
      var conditions = ["1"]
      var arguments: StatementArguments = []
      if let producer = pruning.producer {
        conditions.append("substr(producer, 1, length(?)) = ?")
        arguments += [producer, producer]
      }
      if let preprocessing = pruning.preprocessing {
        conditions.append("preprocessing = ?")
        arguments += [preprocessing]
      }
      let table = "FROM \(kind.rawValue) WHERE \(conditions.joined(separator: " AND "))"
      if pruning.onlyDamaged {
        let rows = try Row.fetchCursor(
          db, sql: "SELECT \(kind.columns), rowid AS id \(table)", arguments: arguments)
        var damaged: [Int64] = []
        while let row = try rows.next() {
          if !kind.isSound(row) { damaged.append(try row.decode(forColumn: "id")) }
        }
        count += damaged.count
        guard !dryRun else { continue }
        for id in damaged {
          try db.execute(sql: "DELETE FROM \(kind.rawValue) WHERE rowid = ?", arguments: [id])
        }
      } else if dryRun {
        count += try Int.fetchOne(db, sql: "SELECT count(*) \(table)", arguments: arguments) ?? 0
      } else {
        try db.execute(sql: "DELETE \(table)", arguments: arguments)
        count += db.changesCount
      }
    }
    return count
  }
}
