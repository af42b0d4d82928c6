import Embeddings
import Foundation
import GRDB
import TestFolders
import Testing

@Suite struct CacheTests {
  let folder: TemporaryFolder
  var path: String { folder.path + "/cache.sqlite" }

  init() throws { folder = try TemporaryFolder() }

  func key(_ i: Int, producer: String = "p") -> CacheKey {
    CacheKey(
      clip: SHA256Digest.hex(of: Array("\(i)".utf8)), preprocessing: "level-none",
      producer: producer)
  }

  func embedding(_ i: Int, dimension: Int = 8) -> CachedEmbedding {
    CachedEmbedding(
      vector: (0..<dimension).map { Float(i) + Float($0) / 1024 }, flops: i * 1_000_000_007,
      seconds: Double(i) / 7)
  }

  /// Runs SQL on the file behind the cache's back.
  func tamper(_ path: String, _ sql: String) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
  }

  @Test func bitForBit() throws {
    let patterns: [UInt32] = [
      0, 0x8000_0000, 1, 0x007F_FFFF, 0x3F80_0001, 0x7F7F_FFFF, 0x7F80_0000, 0x7FC0_0001,
    ]
    let vector = patterns.map { Float(bitPattern: $0) }
    let cache = try EmbeddingCache(path: path)
    try cache.store(CachedEmbedding(vector: vector, flops: .max, seconds: 0.1), for: key(1))
    let found = try #require(try cache.embedding(for: key(1)))
    #expect(found.vector.map(\.bitPattern) == patterns)
    #expect(found.flops == .max)
    #expect(found.seconds == 0.1)
  }

  @Test func everyPartOfTheKeyCounts() throws {
    let cache = try EmbeddingCache(path: path)
    let key = CacheKey(clip: "c", preprocessing: "p", producer: "e")
    try cache.store(embedding(1), for: key)
    var others = [key, key, key]
    others[0].clip = "x"
    others[1].preprocessing = "x"
    others[2].producer = "x"
    for other in others { #expect(try cache.embedding(for: other) == nil) }
    #expect(try cache.embedding(for: key) == embedding(1))
    try cache.store(embedding(2), for: key)  // takes the first one's place
    #expect(try cache.embedding(for: key) == embedding(2))
  }

  @Test func detectionsAndTranscripts() throws {
    let cache = try EmbeddingCache(path: path)
    let detection = CachedDetection(
      languages: ["en", "zh"], logits: [1.5, -2], flops: 12, seconds: 3)
    #expect(try cache.detection(for: key(1)) == nil)
    try cache.store(detection, for: key(1))
    #expect(try cache.detection(for: key(1)) == detection)
    let transcript = CachedTranscript(text: " 火车站在前面左转。\n\"", flops: 5, seconds: 0.5)
    try cache.store(transcript, for: key(1), language: "zh")
    try cache.store(CachedTranscript(text: "", flops: 0, seconds: 0), for: key(1), language: "en")
    #expect(try cache.transcript(for: key(1), language: "zh") == transcript)
    #expect(try cache.transcript(for: key(1), language: "en")?.text == "")
    #expect(try cache.transcript(for: key(1), language: "hi") == nil)
    #expect(try cache.embedding(for: key(1)) == nil)
  }

  @Test func manyAtOnceAndAgainAfterReopening() throws {
    do {
      let cache = try EmbeddingCache(path: folder.path + "/new/folders/cache.sqlite")
      for i in 0..<100 where i % 3 != 0 { try cache.store(embedding(i), for: key(i)) }
    }
    let cache = try EmbeddingCache(path: folder.path + "/new/folders/cache.sqlite")
    let found = try cache.embeddings(for: (0..<100).map { key($0) })
    #expect(found == (0..<100).map { $0 % 3 == 0 ? nil : embedding($0) })
    #expect(try cache.embeddings(for: []).isEmpty)
  }

  /// One bit of a value that SQLite itself takes for good.
  @Test func damagedValuesCountAsAbsent() throws {
    let cache = try EmbeddingCache(path: path)
    for i in 0..<4 { try cache.store(embedding(i), for: key(i)) }
    try cache.store(
      CachedDetection(languages: ["en"], logits: [1], flops: 0, seconds: 0), for: key(0))
    try cache.store(
      CachedTranscript(text: "abc", flops: 0, seconds: 0), for: key(0), language: "en")
    let row = "WHERE clip = '\(key(0).clip)'"
    try tamper(
      path,
      """
      UPDATE embeddings SET vector = CAST(substr(vector, 1, 9) || x'01' || substr(vector, 11) AS BLOB)
        \(row);
      UPDATE embeddings SET dimension = 9 WHERE clip = '\(key(1).clip)';
      UPDATE embeddings SET vector = 'text' WHERE clip = '\(key(2).clip)';
      UPDATE detections SET languages = 'zh' \(row);
      UPDATE transcripts SET text = 'abd' \(row);
      """)
    let found = try cache.embeddings(for: (0..<4).map { key($0) })
    #expect(found == [nil, nil, nil, embedding(3)])
    #expect(try cache.detection(for: key(0)) == nil)
    #expect(try cache.transcript(for: key(0), language: "en") == nil)
    #expect(cache.damagedCount == 5)
    try cache.store(embedding(0), for: key(0))
    #expect(try cache.embedding(for: key(0)) == embedding(0))
    #expect(cache.damagedCount == 5)
  }

  // MARK: Several at once

  @Test func twoConnectionsWriteOneCache() async throws {
    let path = path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        group.addTask {
          // Both make the new file: neither may trip over the other.
          let cache = try EmbeddingCache(path: path)
          for i in 0..<200 { try cache.store(embedding(i), for: key(i, producer: "\(writer)")) }
          for i in 0..<200 { try cache.store(embedding(i), for: key(i, producer: "both")) }
        }
      }
      try await group.waitForAll()
    }
    let cache = try EmbeddingCache(path: path)
    for producer in ["0", "1", "both"] {
      let found = try cache.embeddings(for: (0..<200).map { key($0, producer: producer) })
      #expect(found == (0..<200).map { embedding($0) })
    }
  }

  @Test func whatOneStoresTheOtherSees() throws {
    let (a, b) = (try EmbeddingCache(path: path), try EmbeddingCache(path: path))
    try a.store(embedding(1), for: key(1))
    #expect(try b.embedding(for: key(1)) == embedding(1))
  }

  // MARK: Abrupt ends

  /// What a killed process leaves: the file and the log as they are at that moment, never closed.
  @Test func reopeningAfterAnAbruptEnd() throws {
    let cache = try EmbeddingCache(path: path)
    for i in 0..<50 { try cache.store(embedding(i, dimension: 512), for: key(i)) }
    let copy = folder.path + "/copy.sqlite"
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
    }
    let reopened = try EmbeddingCache(path: copy)
    #expect(
      try reopened.embeddings(for: (0..<50).map { key($0) })
        == (0..<50).map { embedding($0, dimension: 512) })
    withExtendedLifetime(cache) {}
  }

  /// A log that ends anywhere, as after a power failure: values are there or not, up to some moment,
  /// and never wrong; and the cache goes on from there.
  @Test func logsThatEndAnywhere() throws {
    let cache = try EmbeddingCache(path: path)
    for i in 0..<30 { try cache.store(embedding(i, dimension: 256), for: key(i)) }
    let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    let main = try Data(contentsOf: URL(fileURLWithPath: path))
    var counts: [Int] = []
    for part in 0...8 {
      let copy = folder.path + "/copy\(part).sqlite"
      try main.write(to: URL(fileURLWithPath: copy))
      try log.prefix(log.count * part / 8).write(to: URL(fileURLWithPath: copy + "-wal"))
      let reopened = try EmbeddingCache(path: copy)
      let found = try reopened.embeddings(for: (0..<30).map { key($0) })
      let count = found.prefix { $0 != nil }.count
      #expect(found[count...].allSatisfy { $0 == nil })
      #expect(found[..<count].enumerated().allSatisfy { $1 == embedding($0, dimension: 256) })
      #expect(reopened.damagedCount == 0)
      try reopened.store(embedding(29, dimension: 256), for: key(29))
      #expect(try reopened.embedding(for: key(29)) == embedding(29, dimension: 256))
      counts.append(count)
    }
    #expect(counts == counts.sorted())
    #expect(counts.last == 30)
    withExtendedLifetime(cache) {}
  }

  // MARK: Wrong files

  func error(_ path: String) -> CacheError? {
    do throws(CacheError) {
      _ = try EmbeddingCache(path: path)
      return nil
    } catch {
      return error
    }
  }

  @Test func filesThatAreNoCache() throws {
    let text = try folder.write("notes.txt", Array("no database, but a text of some length".utf8))
    #expect(error(text) == .notACache(path: text, reason: "it is no SQLite database"))
    #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("no database"))
    #expect(error(folder.path) == .notACache(path: folder.path, reason: "it is a folder"))

    let other = folder.path + "/other.sqlite"
    try tamper(other, "CREATE TABLE mine (x)")
    #expect(error(other) == .notACache(path: other, reason: "it is another database"))
    try tamper(other, "PRAGMA application_id = 77")
    let before = try Data(contentsOf: URL(fileURLWithPath: other))
    #expect(error(other) == .notACache(path: other, reason: "it is another program's database"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == before)

    let inside = text + "/cache.sqlite"
    guard case .cannotOpen = error(inside) else {
      Issue.record("\(String(describing: error(inside)))")
      return
    }
    // An empty file is a cache to be.
    let empty = try folder.write("empty.sqlite", [])
    #expect(error(empty) == nil)
  }

  @Test func newerSchema() throws {
    do { _ = try EmbeddingCache(path: path) }
    try tamper(path, "INSERT INTO grdb_migrations VALUES ('of the future')")
    #expect(error(path) == .newerSchema(path: path))
    #expect(error(path)?.description.contains("later version") == true)
  }

  /// A file whose header is good and whose rest is overwritten.
  @Test func brokenStructure() throws {
    do {
      let cache = try EmbeddingCache(path: path)
      for i in 0..<50 { try cache.store(embedding(i, dimension: 512), for: key(i)) }
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes.replaceSubrange(100..<bytes.count, with: Data(repeating: 0x5A, count: bytes.count - 100))
    try bytes.write(to: URL(fileURLWithPath: path))
    guard case .damaged = error(path) else {
      Issue.record("\(String(describing: error(path)))")
      return
    }
    #expect(error(path)?.description.contains("delete it") == true)
  }
}
