import Foundation
internal import GRDB

extension EmbeddingCache {
  // MARK: Embeddings

  /// Nil if there is none, or only a damaged one.
  public func embedding(for key: CacheKey) throws(CacheError) -> CachedEmbedding? {
    try embeddings(for: [key])[0]
  }

  /// One for each key, in their order, read at once.
  public func embeddings(for keys: [CacheKey]) throws(CacheError) -> [CachedEmbedding?] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT \(CacheKind.embeddings.columns) FROM embeddings
          WHERE producer = ? AND preprocessing = ? AND clip = ?
          """)
      return try keys.map { key in
        let arguments: StatementArguments = [key.producer, key.preprocessing, key.clip]
        guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
        return self.sound(row, CacheKind.embedding)
      }
    }
  }

  /// Stores an embedding in place of any that is there.
  public func store(_ embedding: CachedEmbedding, for key: CacheKey) throws(CacheError) {
    let data = FloatBytes.data(embedding.vector)
    try write(
      """
      INSERT OR REPLACE INTO embeddings
      (producer, preprocessing, clip, dimension, vector, flops, seconds, checksum, audio)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        key.producer, key.preprocessing, key.clip, embedding.vector.count, data, embedding.flops,
        embedding.seconds, Checksum.of(data), embedding.audioSeconds,
      ])
  }

  // MARK: Detections

  /// Nil if there is none, or only a damaged one.
  public func detection(for key: CacheKey) throws(CacheError) -> CachedDetection? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT \(CacheKind.detections.columns) FROM detections
          WHERE producer = ? AND preprocessing = ? AND clip = ?
          """)
      let arguments: StatementArguments = [key.producer, key.preprocessing, key.clip]
      guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
      return self.sound(row, CacheKind.detection)
    }
  }

  /// Stores a detection in place of any that is there.
  public func store(_ detection: CachedDetection, for key: CacheKey) throws(CacheError) {
    let data = FloatBytes.data(detection.logits)
    let names = detection.languages.joined(separator: ",")
    try write(
      """
      INSERT OR REPLACE INTO detections
      (producer, preprocessing, clip, languages, logits, flops, seconds, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        key.producer, key.preprocessing, key.clip, names, data, detection.flops,
        detection.seconds, Checksum.of(data, names),
      ])
  }

  // MARK: Transcripts

  /// The text in the language that the transcriber was told; nil if there is none, or only a damaged
  /// one.
  public func transcript(
    for key: CacheKey, language: String
  ) throws(CacheError) -> CachedTranscript? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT \(CacheKind.transcripts.columns) FROM transcripts
          WHERE producer = ? AND preprocessing = ? AND clip = ? AND language = ?
          """)
      let arguments: StatementArguments = [key.producer, key.preprocessing, key.clip, language]
      guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
      return self.sound(row, CacheKind.transcript)
    }
  }

  /// Stores a transcript in place of any that is there.
  public func store(
    _ transcript: CachedTranscript, for key: CacheKey, language: String
  ) throws(CacheError) {
    try write(
      """
      INSERT OR REPLACE INTO transcripts
      (producer, preprocessing, clip, language, text, flops, seconds, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        key.producer, key.preprocessing, key.clip, language, transcript.text, transcript.flops,
        transcript.seconds, Checksum.of(Data(), transcript.text),
      ])
  }
}
