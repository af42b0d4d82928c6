import Foundation
internal import GRDB

/// What is in a cache.
public struct CacheSummary: Sendable, Equatable {
  /// Values of one kind that one encoder, detector or transcriber made of equally prepared clips.
  public struct Group: Sendable, Equatable {
    public var kind: CacheKind
    /// As the keys of the values have them.
    public var producer, preprocessing: String
    /// How many values.
    public var count: Int
    /// Numbers in a vector; nil for other kinds, and where vectors differ.
    public var dimension: Int?
    /// Seconds that computing them took.
    public var seconds: Double
    /// Seconds of sound, where it is recorded.
    public var audioSeconds: Double?
  }

  /// The number of the schema's version.
  public var schema: Int
  /// Bytes of the file and of its log.
  public var bytes: Int
  /// Sorted by kind, producer and preprocessing.
  public var groups: [Group]
  /// What the cache is: `shard` (`i/n`) and `selection` (a digest of all shards' clips), if it is one.
  public var properties: [String: String]
}

extension EmbeddingCache {
  /// - Throws: `CacheError`.
  public func summary() throws(CacheError) -> CacheSummary {
    let bytes = [path, path + "-wal"].reduce(0) {
      $0 + ((try? FileManager.default.attributesOfItem(atPath: $1)[.size] as? Int) ?? 0)
    }
    return try read { db in
      var groups: [CacheSummary.Group] = []
      for kind in CacheKind.allCases {
        let isVector = kind == .embeddings
        let rows = try Row.fetchAll(
          db,
          sql: """
            SELECT producer, preprocessing, count(*) AS count, total(seconds) AS seconds
            \(isVector ? ", min(dimension) AS low, max(dimension) AS high, sum(audio) AS audio" : "")
            FROM \(kind.rawValue) GROUP BY 1, 2 ORDER BY 1, 2
            """)
        groups += try rows.map { row in
          let low = isVector ? try row.decode(Int?.self, forColumn: "low") : nil
          let high = isVector ? try row.decode(Int?.self, forColumn: "high") : nil
          return CacheSummary.Group(
            kind: kind, producer: try row.decode(forColumn: "producer"),
            preprocessing: try row.decode(forColumn: "preprocessing"),
            count: try row.decode(forColumn: "count"), dimension: low == high ? low : nil,
            seconds: try row.decode(forColumn: "seconds"),
            audioSeconds: isVector ? try row.decode(Double?.self, forColumn: "audio") : nil)
        }
      }
      let schema = try CacheSchema.migrator.appliedIdentifiers(db).compactMap { Int($0) }.max()
      return CacheSummary(
        schema: schema ?? 0, bytes: bytes, groups: groups, properties: try Self.properties(db))
    }
  }

  static func properties(_ db: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM properties")
    return try Dictionary(
      uniqueKeysWithValues: rows.map { (try $0.decode(atIndex: 0), try $0.decode(atIndex: 1)) })
  }

  /// Notes which part of which selection this cache is for.
  /// - Throws: `CacheError`.
  public func note(shard: Shard, selection: String) throws(CacheError) {
    try change { db in
      for (name, value) in [("shard", shard.description), ("selection", selection)] {
        try db.execute(
          sql: "INSERT OR REPLACE INTO properties VALUES (?, ?)", arguments: [name, value])
      }
    }
  }

  /// The embeddings of one producer and preprocessing, sorted by their clips' digests; damaged ones are
  /// left out and counted in `damagedCount`.
  /// - Throws: `CacheError`.
  public func embeddings(
    producer: String, preprocessing: String
  ) throws(CacheError) -> [(clip: String, embedding: CachedEmbedding)] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(CacheKind.embeddings.columns), clip FROM embeddings
          WHERE producer = ? AND preprocessing = ? ORDER BY clip
          """, arguments: [producer, preprocessing])
      var found: [(clip: String, embedding: CachedEmbedding)] = []
      while let row = try rows.next() {
        if let embedding = self.sound(row, CacheKind.embedding) {
          found.append((try row.decode(forColumn: "clip"), embedding))
        }
      }
      return found
    }
  }
}
