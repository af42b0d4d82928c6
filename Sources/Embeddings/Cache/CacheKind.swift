import Foundation
internal import GRDB

/// The kinds of values that a cache has, each in a table of its name.
public enum CacheKind: String, Sendable, CaseIterable {
  case embeddings, detections, transcripts

  /// What is read of a row, in the order in which the functions below expect it.
  var columns: String {
    switch self {
    case .embeddings: "dimension, vector, flops, seconds, checksum, audio"
    case .detections: "languages, logits, flops, seconds, checksum"
    case .transcripts: "text, flops, seconds, checksum"
    }
  }

  /// The columns that tell rows apart.
  var key: [String] {
    let key = ["producer", "preprocessing", "clip"]
    return self == .transcripts ? key + ["language"] : key
  }

  /// Whether a row's value is what was stored.
  func isSound(_ row: Row) -> Bool {
    let isSound: Bool? = try? {
      switch self {
      case .embeddings: try Self.embedding(row) != nil
      case .detections: try Self.detection(row) != nil
      case .transcripts: try Self.transcript(row) != nil
      }
    }()
    return isSound ?? false
  }

  /// Nil for a damaged value.
  static func embedding(_ row: Row) throws -> CachedEmbedding? {
    let vector = try row.withUnsafeData(atIndex: 1) { data -> [Float]? in
      guard let data, Checksum.of(data) == (try row.decode(Int64.self, atIndex: 4)) else {
        return nil
      }
      return FloatBytes.floats(data)
    }
    guard let vector, vector.count == (try row.decode(Int.self, atIndex: 0)) else { return nil }
    return CachedEmbedding(
      vector: vector, flops: try row.decode(atIndex: 2), seconds: try row.decode(atIndex: 3),
      audioSeconds: try row.decode(Double?.self, atIndex: 5))
  }

  /// Nil for a damaged value.
  static func detection(_ row: Row) throws -> CachedDetection? {
    let names = try row.decode(String.self, atIndex: 0)
    let data = try row.decode(Data.self, atIndex: 1)
    let languages = names.isEmpty ? [] : names.split(separator: ",").map(String.init)
    guard Checksum.of(data, names) == (try row.decode(Int64.self, atIndex: 4)),
      let logits = FloatBytes.floats(data),
      logits.count == languages.count
    else { return nil }
    return CachedDetection(
      languages: languages, logits: logits, flops: try row.decode(atIndex: 2),
      seconds: try row.decode(atIndex: 3))
  }

  /// Nil for a damaged value.
  static func transcript(_ row: Row) throws -> CachedTranscript? {
    let text = try row.decode(String.self, atIndex: 0)
    guard Checksum.of(Data(), text) == (try row.decode(Int64.self, atIndex: 3)) else { return nil }
    return CachedTranscript(
      text: text, flops: try row.decode(atIndex: 1), seconds: try row.decode(atIndex: 2))
  }
}
