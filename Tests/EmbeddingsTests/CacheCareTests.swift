import Foundation
import GRDB
import TestFolders
import Testing

@testable import Embeddings

/// Looking after caches: what is in them, damage, older versions, joining.
@Suite struct CacheCareTests {
  let folder: TemporaryFolder
  var path: String { folder.path + "/cache.sqlite" }

  init() throws { folder = try TemporaryFolder() }

  func key(_ i: Int, _ producer: String = "p", _ preprocessing: String = "level-none") -> CacheKey {
    CacheKey(
      clip: SHA256Digest.hex(of: Array("\(i)".utf8)), preprocessing: preprocessing,
      producer: producer)
  }

  func embedding(_ i: Int, dimension: Int = 8) -> CachedEmbedding {
    CachedEmbedding(
      vector: (0..<dimension).map { Float(i) + Float($0) / 1024 }, flops: i, seconds: 0.5,
      audioSeconds: 2)
  }

  func cache(_ name: String, _ keys: [(Int, String)]) throws -> String {
    let path = folder.path + "/" + name
    let cache = try EmbeddingCache(path: path)
    for (i, producer) in keys { try cache.store(embedding(i), for: key(i, producer)) }
    return path
  }

  /// Runs SQL on the file behind the cache's back.
  func tamper(_ path: String, _ sql: String) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
  }

  @Test func summaryVerifyAndPrune() throws {
    let path = try cache("a.sqlite", (0..<10).map { ($0, "p") } + (0..<5).map { ($0, "q") })
    let cache = try EmbeddingCache(path: path)
    try cache.store(CachedTranscript(text: "x", flops: 1, seconds: 2), for: key(1), language: "en")
    var summary = try cache.summary()
    #expect(summary.schema == 2 && summary.bytes > 10_000 && summary.properties.isEmpty)
    #expect(
      summary.groups == [
        .init(
          kind: .embeddings, producer: "p", preprocessing: "level-none", count: 10, dimension: 8,
          seconds: 5, audioSeconds: 20),
        .init(
          kind: .embeddings, producer: "q", preprocessing: "level-none", count: 5, dimension: 8,
          seconds: 2.5, audioSeconds: 10),
        .init(
          kind: .transcripts, producer: "p", preprocessing: "level-none", count: 1, dimension: nil,
          seconds: 2, audioSeconds: nil),
      ])
    #expect(try cache.verify() == CacheCheck(structure: [], checked: 16, damaged: []))

    try tamper(
      path,
      "UPDATE embeddings SET vector = zeroblob(32) WHERE producer = 'p' AND clip = '\(key(3).clip)'"
    )
    let check = try cache.verify()
    #expect(check.damaged == ["embeddings: \(key(3).clip) (p)"] && !check.isSound)
    #expect(try cache.prune(CachePruning(onlyDamaged: true), dryRun: true) == 1)
    #expect(try cache.prune(CachePruning(onlyDamaged: true)) == 1)
    #expect(try cache.verify().isSound)
    #expect(try cache.prune(CachePruning(producer: "p", kind: .embeddings)) == 9)
    #expect(try cache.prune(CachePruning(preprocessing: "other")) == 0)
    summary = try cache.summary()
    #expect(summary.groups.map(\.count) == [5, 1])
    #expect(
      try cache.embeddings(producer: "q", preprocessing: "level-none").map(\.clip)
        == (0..<5).map { key($0).clip }.sorted())
  }

  /// A cache as version 1 of the schema had it: its values are kept, and new ones have all columns.
  @Test func olderSchemaIsMigrated() throws {
    let checksum = Checksum.of(FloatBytes.data([1, 2]))
    try tamper(
      path,
      """
      CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
      INSERT INTO grdb_migrations VALUES ('1');
      CREATE TABLE embeddings (
        producer TEXT NOT NULL, preprocessing TEXT NOT NULL, clip TEXT NOT NULL,
        dimension INTEGER NOT NULL, vector BLOB NOT NULL,
        flops INTEGER NOT NULL, seconds REAL NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (producer, preprocessing, clip));
      CREATE TABLE detections (
        producer TEXT NOT NULL, preprocessing TEXT NOT NULL, clip TEXT NOT NULL,
        languages TEXT NOT NULL, logits BLOB NOT NULL,
        flops INTEGER NOT NULL, seconds REAL NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (producer, preprocessing, clip));
      CREATE TABLE transcripts (
        producer TEXT NOT NULL, preprocessing TEXT NOT NULL, clip TEXT NOT NULL,
        language TEXT NOT NULL, text TEXT NOT NULL,
        flops INTEGER NOT NULL, seconds REAL NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (producer, preprocessing, clip, language));
      INSERT INTO embeddings VALUES
        ('p', 'level-none', '\(key(1).clip)', 2, x'0000803F00000040', 7, 0.25, \(checksum));
      PRAGMA application_id = \(CacheSchema.applicationID);
      """)
    let readOnly = #expect(throws: CacheError.self) {
      try EmbeddingCache(path: path, readOnly: true)
    }
    #expect(readOnly?.description.contains("older version") == true)
    let cache = try EmbeddingCache(path: path)
    #expect(
      try cache.embedding(for: key(1)) == CachedEmbedding(vector: [1, 2], flops: 7, seconds: 0.25))
    try cache.store(embedding(2), for: key(2))
    #expect(try cache.embedding(for: key(2))?.audioSeconds == 2)
    #expect(try cache.summary().schema == 2)
  }

  // MARK: Reading only

  @Test func readOnlyCaches() throws {
    _ = try cache("cache.sqlite", [(1, "p")])
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let cache = try EmbeddingCache(path: path, readOnly: true)
    #expect(cache.isReadOnly)
    #expect(try cache.embedding(for: key(1)) == embedding(1))
    let error = #expect(throws: CacheError.self) { try cache.store(embedding(2), for: key(2)) }
    #expect(
      error?.description.contains("cannot be written: it is read-only; what was stored") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(throws: CacheError.self) {
      try EmbeddingCache(path: folder.path + "/none.sqlite", readOnly: true)
    }
  }

  /// What a file system that cannot be written needs: a name with a question mark in it, too.
  @Test func cachesOfALockedFolder() throws {
    let path = try cache("odd ?name#%41.sqlite", [(1, "p")])
    let queue = try EmbeddingCache.openToRead(path, isLocked: true, limit: .max)
    #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM embeddings") } == 1)
    #expect(!FileManager.default.fileExists(atPath: path + "-shm"))
  }

  // MARK: Large files

  /// The root page of a table or an index; of a small one it has all rows.
  private func page(of name: String, in path: String) throws -> Int {
    let root = try DatabaseQueue(path: path).read {
      try Int.fetchOne(
        $0, sql: "SELECT rootpage FROM sqlite_master WHERE name = ?", arguments: [name])
    }
    return try #require(root)
  }

  /// Overwrites the middle of a page, and opens the file as one that is too large to be read whole.
  private func openLarge(damaged name: String, readOnly: Bool) throws -> EmbeddingCache {
    try FileManager.default.removeItem(atPath: path)
    do {
      let cache = try EmbeddingCache(path: path)
      for i in 0..<3 { try cache.store(embedding(i), for: key(i)) }
    }
    let page = try page(of: name, in: path)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let start = (page - 1) * 4096
    bytes.replaceSubrange(start..<start + 100, with: Data(repeating: 0xA5, count: 100))
    try bytes.write(to: URL(fileURLWithPath: path))
    return try EmbeddingCache(path: path, readOnly: readOnly, fullCheckLimit: 0)
  }

  /// Beyond the limit, a damaged page of keys is told when the cache is opened, one of values when they
  /// are read; `verify` tells it in any case, and no value is ever wrong.
  @Test(arguments: [false, true])
  func largeFilesAreCheckedByTheirKeys(readOnly: Bool) throws {
    _ = try cache("cache.sqlite", [])
    #expect {
      try openLarge(damaged: "sqlite_autoindex_embeddings_1", readOnly: readOnly)
    } throws: {
      if case .damaged = $0 as? CacheError { true } else { false }
    }
    let cache = try openLarge(damaged: "embeddings", readOnly: readOnly)
    #expect { try cache.embedding(for: key(1)) } throws: {
      if case .damaged = $0 as? CacheError { true } else { false }
    }
    #expect(try !cache.verify().isSound)
    #expect(throws: CacheError.self) { try EmbeddingCache(path: path) }
    // Nor is a damaged input taken for a fault of the file that is written.
    let whole = try EmbeddingCache(path: folder.path + "/whole.sqlite")
    #expect {
      try whole.merge([path])
    } throws: { ($0 as? CacheError)?.path == path }
  }

  /// Pages of values, then of keys, are overwritten all over the file: what is on the others is saved.
  @Test func whatIsLeftIsSalvaged() throws {
    let count = 400
    let whole = try cache("whole.sqlite", (0..<count).map { ($0, "p") })
    let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
    let pages = bytes.count / 4096
    for (page, most) in [(pages / 2, 40), (pages - 1, 40), (pages / 3, 40)] {
      var damaged = bytes
      damaged.replaceSubrange(
        page * 4096..<page * 4096 + 300, with: Data(repeating: 0xA5, count: 300))
      let path = folder.path + "/damaged-\(page).sqlite"
      try damaged.write(to: URL(fileURLWithPath: path))
      #expect {
        try EmbeddingCache(path: path)
      } throws: { "\($0)".contains("--salvage") }
      let saved = try EmbeddingCache(path: folder.path + "/saved-\(page).sqlite")
      let result = try saved.salvage(path)
      #expect(result.added >= count - most && result.added <= count, "page \(page): \(result)")
      let found = try saved.embeddings(for: (0..<count).map { key($0) })
      #expect(found.count { $0 != nil } == result.added)
      #expect(found.enumerated().allSatisfy { $1 == nil || $1 == embedding($0) })
      #expect(try saved.verify().isSound)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == damaged)
      // The rest comes from elsewhere.
      #expect(try saved.merge([whole]).added == count - result.added)
    }
    // A whole file is taken whole, and nothing else is a cache.
    #expect(try EmbeddingCache(path: folder.path + "/copy.sqlite").salvage(whole).added == count)
    let text = try folder.write("notes.txt", Array("no database at all, whatever it says".utf8))
    #expect(throws: CacheError.self) { try EmbeddingCache(path: path).salvage(text) }
    #expect(throws: CacheError.self) { try EmbeddingCache(path: path).salvage(path) }
  }

  @Test func largeFilesThatAreCutAreRefused() throws {
    _ = try cache("cache.sqlite", (0..<50).map { ($0, "p") })
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(bytes.count - 4096).write(to: URL(fileURLWithPath: path))
    #expect {
      try EmbeddingCache(path: path, readOnly: false, fullCheckLimit: 0)
    } throws: {
      if case .damaged = $0 as? CacheError { true } else { false }
    }
  }

  @Test func largeFilesThatAreWholeAreOpened() throws {
    _ = try cache("cache.sqlite", (0..<50).map { ($0, "p") })
    for readOnly in [false, true] {
      let cache = try EmbeddingCache(path: path, readOnly: readOnly, fullCheckLimit: 0)
      #expect(try cache.embedding(for: key(7)) == embedding(7))
    }
  }

  // MARK: Merging

  @Test func shardsAreJoined() throws {
    let inputs = try (0..<3).map { shard in
      let path = try cache(
        "s\(shard).sqlite", (0..<30).filter { $0 % 3 == shard }.map { ($0, "p") })
      let cache = try EmbeddingCache(path: path)
      try cache.note(shard: Shard(index: shard + 1, count: 4)!, selection: "abc")
      return path
    }
    let whole = try EmbeddingCache(path: path)
    try whole.store(embedding(1), for: key(1))
    let result = try whole.merge(inputs)
    #expect((result.added, result.present, result.damaged) == (29, 1, 0))
    #expect(result.missingShards.map(\.description) == ["4/4"])
    #expect(
      try whole.embeddings(for: (0..<30).map { key($0) }) == (0..<30).map { embedding($0) })
    #expect(try whole.summary().groups[0].audioSeconds == 60)
    #expect(try whole.merge(inputs).present == 30)
  }

  func mismatch(_ inputs: String..., words: String) throws {
    let whole = try EmbeddingCache(path: path)
    let error = #expect(throws: CacheError.self) { try whole.merge(inputs) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(error?.description.contains(": does not match: ") == true)
    #expect(error?.description.hasSuffix("; nothing was merged") == true)
    #expect(error?.description.components(separatedBy: "sqlite: ").count == 2)
  }

  @Test func whatDoesNotMatchIsRefused() throws {
    let a = try cache("a.sqlite", [(1, "p")])
    let other = try cache("b.sqlite", [(2, "q")])
    try mismatch(a, other, words: "its embeddings are of q on level-none, those of")
    #expect(try EmbeddingCache(path: path).summary().groups.isEmpty)
    try mismatch(path, words: "it is the cache that is merged into")

    let shard = try cache("c.sqlite", [(3, "p")])
    try EmbeddingCache(path: a).note(shard: Shard("1/2")!, selection: "abc")
    try EmbeddingCache(path: shard).note(shard: Shard("2/2")!, selection: "xyz")
    try mismatch(a, shard, words: "a shard of other clips")
    try EmbeddingCache(path: shard).note(shard: Shard("2/3")!, selection: "abc")
    try mismatch(a, shard, words: "it is one of 3 shards")
    try mismatch(a, shard, words: "; --mixed takes both; ")
    #expect(try EmbeddingCache(path: path).merge([a, other, shard], mixed: true).added == 3)

    // Another value for the same key, and another width.
    let wrong = try cache("d.sqlite", [])
    try EmbeddingCache(path: wrong).store(embedding(9), for: key(1))
    try mismatch(wrong, words: "is another than the one that is there; --keep-own keeps")
    #expect(try EmbeddingCache(path: path).merge([wrong], keepsOwn: true).present == 1)
    #expect(try EmbeddingCache(path: path).embedding(for: key(1)) == embedding(1))
    let wide = try cache("e.sqlite", [])
    try EmbeddingCache(path: wide).store(embedding(8, dimension: 9), for: key(8))
    try mismatch(wide, words: "have 9 numbers")

    let text = try folder.write("notes.txt", Array("no database at all, whatever it says".utf8))
    #expect(throws: CacheError.self) { try EmbeddingCache(path: path).merge([text]) }
  }

  /// A damaged value of an input is left out; a damaged one of the target is replaced.
  @Test func damagedValuesAreNotMerged() throws {
    let a = try cache("a.sqlite", [(1, "p"), (2, "p")])
    _ = try cache("cache.sqlite", [(2, "p")])
    try tamper(a, "UPDATE embeddings SET dimension = 9 WHERE clip = '\(key(1).clip)'")
    try tamper(path, "UPDATE embeddings SET dimension = 9 WHERE clip = '\(key(2).clip)'")
    let whole = try EmbeddingCache(path: path)
    let result = try whole.merge([a])
    #expect((result.added, result.present, result.damaged) == (1, 0, 1))
    #expect(try whole.embedding(for: key(2)) == embedding(2))
  }

  // MARK: Shards

  @Test func shardsAreDisjointAndComplete() throws {
    let clips = (0..<23).map { Clip(path: "\($0)", text: "", language: "en", split: .train) }
    for count in [1, 2, 5, 23, 40] {
      let parts = try (1...count).map {
        try #require(Shard(index: $0, count: count)).clips(of: clips)
      }
      #expect(Set(parts.joined()) == Set(clips) && parts.map(\.count).reduce(0, +) == 23)
      let sizes = parts.map(\.count)
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
    #expect(Shard("2/8")?.path(for: "runs/cache.sqlite") == "runs/cache.shard-2-of-8.sqlite")
    #expect(Shard("2/8")?.path(for: "cache") == "cache.shard-2-of-8")
    for text in ["0/4", "5/4", "1/0", "1", "1/2/3", "a/b", "-1/2", ""] {
      #expect(Shard(text) == nil)
    }
  }

  @Test func aShardAsksTheWholeCacheToo() async throws {
    let clips = try (0..<6).map { i in
      let samples = WaveFile.tone(200, seconds: 0.1 + 0.01 * Double(i), rate: 16_000)
      let path = try folder.write("\(i).wav", WaveFile.bytes([samples], rate: 16_000))
      return Clip(path: path, text: "", language: "en", split: .train)
    }
    let whole = try EmbeddingCache(path: path)
    let first = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: whole)
      .run(Array(clips[..<4]))
    let shard = try EmbeddingCache(path: folder.path + "/shard.sqlite")
    let set = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: shard, known: whole)
      .run(clips)
    #expect(set.cachedCount == 4)
    #expect((0..<4).allSatisfy { set.vectors.row($0) == first.vectors.row($0) })
    #expect(try shard.summary().groups.map(\.count) == [2])
    let counted = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: shard, known: whole)
      .run(clips, collecting: false)
    #expect(counted.vectors.shape == [0, 3] && counted.clips == clips && counted.cachedCount == 6)
  }
}
