import Foundation
internal import GRDB

/// What a merge has done.
public struct CacheMerge: Sendable, Equatable {
  /// Values that were taken over.
  public var added = 0
  /// Values that were there already.
  public var present = 0
  /// Damaged values of the inputs, left out: they will be computed again.
  public var damaged = 0
  /// Shards of the inputs' selection that none of them is.
  public var missingShards: [Shard] = []

  public init() {}
}

extension EmbeddingCache {
  /// Takes over all values of other caches, in one transaction: all of them, or none.
  ///
  /// - Parameters:
  ///   - paths: caches, which stay as they are.
  ///   - mixed: take inputs of different encoders, preprocessings or selections, too.
  ///   - keepsOwn: where a value differs from the one that is there, keep that; otherwise such a value
  ///     is an error.
  /// - Throws: `CacheError`: an input that cannot be read, or that does not match.
  public func merge(
    _ paths: [String], mixed: Bool = false, keepsOwn: Bool = false
  ) throws(CacheError) -> CacheMerge {
    var inputs: [EmbeddingCache] = []
    for path in paths {
      try requireOther(path)
      inputs.append(try EmbeddingCache(path: path, readOnly: true))
    }
    var result = CacheMerge()
    result.missingShards = try Self.requireMatch(inputs, mixed: mixed)
    for input in inputs { try requireDimensions(of: input) }
    return try change { db in
      for input in inputs {
        // Not through `read`: what fails in here is writing, the inputs were looked at.
        try input.database.read { source in
          for kind in CacheKind.allCases {
            try self.take(kind, from: source, of: input.path, into: db, keepsOwn, &result)
          }
        }
      }
      return result
    }
  }

  /// - Throws: `CacheError` unless there is a file that is not this cache.
  func requireOther(_ path: String) throws(CacheError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .cannotOpen(path: path, reason: "no such file")
    }
    guard !Self.isSameFile(path, self.path) else {
      throw .mismatch(path: path, reason: "it is the cache that is merged into")
    }
  }

  private static func isSameFile(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard unsafe stat(a, &first) == 0, unsafe stat(b, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// - Returns: the shards that are missing.
  private static func requireMatch(
    _ inputs: [EmbeddingCache], mixed: Bool
  ) throws(CacheError) -> [Shard] {
    var first: (path: String, producers: Set<String>)?
    var shards: (path: String, selection: String, count: Int, seen: Set<Int>)?
    for input in inputs {
      let summary = try input.summary()
      let groups = summary.groups.filter { $0.kind == .embeddings }
      // Augmented clips have a preprocessing each: what they begin with is common to all.
      let producers = Set(
        groups.map { $0.producer + " on " + Preprocessing.base(of: $0.preprocessing) })
      if let first, !mixed, !producers.isEmpty, producers != first.producers {
        let (these, those) = (producers.sorted(), first.producers.sorted())
        throw .mismatch(
          path: input.path,
          reason:
            "its embeddings are of \(these.joined(separator: ", ")), those of \(first.path) of "
            + those.joined(separator: ", ") + "; --mixed takes both")
      }
      if first == nil, !producers.isEmpty { first = (input.path, producers) }

      guard !mixed, let shard = summary.properties["shard"].flatMap(Shard.init),
        let selection = summary.properties["selection"]
      else { continue }
      if let shards, shards.selection != selection || shards.count != shard.count {
        throw .mismatch(
          path: input.path,
          reason: shards.selection != selection
            ? "it is a shard of other clips than \(shards.path); --mixed takes both"
            : "it is one of \(shard.count) shards, \(shards.path) one of \(shards.count); --mixed "
              + "takes both")
      }
      var seen = shards?.seen ?? []
      seen.insert(shard.index)
      shards = (shards?.path ?? input.path, selection, shard.count, seen)
    }
    guard let shards else { return [] }
    return (1...shards.count).filter { !shards.seen.contains($0) }
      .compactMap { Shard(index: $0, count: shards.count) }
  }

  /// Vectors of one encoder have one length.
  private func requireDimensions(of input: EmbeddingCache) throws(CacheError) {
    let own = try summary().groups
    for group in try input.summary().groups where group.kind == .embeddings {
      guard let width = group.dimension,
        let same = own.first(where: { $0.kind == group.kind && $0.producer == group.producer }),
        let ownWidth = same.dimension, ownWidth != width
      else { continue }
      throw .mismatch(
        path: input.path,
        reason: "its vectors of \(group.producer) have \(width) numbers, those of \(path) "
          + "\(ownWidth); leave it out")
    }
  }

  private func take(
    _ kind: CacheKind, from source: Database, of path: String, into db: Database,
    _ keepsOwn: Bool, _ result: inout CacheMerge
  ) throws {
    let transfer = try RowTransfer(kind, from: path, into: db, keepsOwn: keepsOwn)
    let columns = RowTransfer.columns(kind).joined(separator: ", ")
    let rows = try Row.fetchCursor(source, sql: "SELECT \(columns) FROM \(kind.rawValue)")
    func next() throws -> Row? {
      do {
        return try rows.next()
      } catch {
        // Not the file that is written.
        throw Self.cacheError(error, path) { .cannotRead(path: path, reason: $0) }
      }
    }
    while let row = try next() { try transfer.take(row, &result) }
  }
}
