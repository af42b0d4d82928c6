/// How one sequence was turned into another, or the sum of that over many pairs.
public struct EditCounts: Sendable, Hashable {
  /// Units of the reference that the hypothesis has in their place.
  public var hits: Int
  /// Units of the reference in whose place stands another.
  public var substitutions: Int
  /// Units of the reference that the hypothesis lacks.
  public var deletions: Int
  /// Units of the hypothesis that the reference lacks.
  public var insertions: Int

  public init(hits: Int = 0, substitutions: Int = 0, deletions: Int = 0, insertions: Int = 0) {
    (self.hits, self.substitutions) = (hits, substitutions)
    (self.deletions, self.insertions) = (deletions, insertions)
  }

  /// Substitutions, deletions and insertions: the Levenshtein distance of one pair.
  public var edits: Int { substitutions + deletions + insertions }
  /// Length of the reference: hits, substitutions and deletions.
  public var referenceCount: Int { hits + substitutions + deletions }

  /// Edits over the length of the reference, a ratio ≥ 0 that may exceed 1. With an empty reference
  /// it is the number of insertions, as jiwer 4 has it: 0 if the hypothesis is empty too.
  public var rate: Double { Self.rate(edits, referenceCount) }

  /// Edits over the length of the reference; the edits themselves for an empty one.
  static func rate(_ edits: Int, _ length: Int) -> Double {
    length == 0 ? Double(edits) : Double(edits) / Double(length)
  }

  public static func += (sum: inout EditCounts, other: EditCounts) {
    sum.hits += other.hits
    sum.substitutions += other.substitutions
    sum.deletions += other.deletions
    sum.insertions += other.insertions
  }

  public static func + (a: EditCounts, b: EditCounts) -> EditCounts {
    var sum = a
    sum += b
    return sum
  }
}

extension EditCounts: Codable {
  private enum CodingKeys: String, CodingKey {
    case hits, substitutions, deletions, insertions
    case referenceCount = "reference_length"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      hits: try values.decode(Int.self, forKey: .hits),
      substitutions: try values.decode(Int.self, forKey: .substitutions),
      deletions: try values.decode(Int.self, forKey: .deletions),
      insertions: try values.decode(Int.self, forKey: .insertions))
  }

  /// The four counts, and `reference_length`, which follows from them.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(hits, forKey: .hits)
    try values.encode(substitutions, forKey: .substitutions)
    try values.encode(deletions, forKey: .deletions)
    try values.encode(insertions, forKey: .insertions)
    try values.encode(referenceCount, forKey: .referenceCount)
  }
}
