/// Word and character error rates of a list of pairs, summed as a corpus: all edits over all
/// reference units.
public struct TranscriptionScores: Sendable, Equatable {
  /// How many pairs were compared.
  public var pairs: Int
  public var words: EditCounts
  public var characters: EditCounts

  public init(pairs: Int = 0, words: EditCounts = .init(), characters: EditCounts = .init()) {
    (self.pairs, self.words, self.characters) = (pairs, words, characters)
  }

  /// - Precondition: as many hypotheses as references.
  public init(references: [String], hypotheses: [String]) {
    self.init()
    for pair in ErrorRate.pairs(references: references, hypotheses: hypotheses) { add(pair) }
  }

  /// Word error rate in percent; see `EditCounts.rate` for lists of empty references.
  public var wer: Double { 100 * words.rate }
  /// Character error rate in percent.
  public var cer: Double { 100 * characters.rate }

  mutating func add(_ pair: (words: EditCounts, characters: EditCounts)) {
    pairs += 1
    words += pair.words
    characters += pair.characters
  }
}

extension TranscriptionScores: Codable {
  private enum CodingKeys: String, CodingKey { case wer, cer, pairs, words, characters }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    pairs = try values.decode(Int.self, forKey: .pairs)
    words = try values.decode(EditCounts.self, forKey: .words)
    characters = try values.decode(EditCounts.self, forKey: .characters)
  }

  /// The keys `wer`, `cer` (percent), `pairs`, and the edits under `words` and `characters`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(wer, forKey: .wer)
    try values.encode(cer, forKey: .cer)
    try values.encode(pairs, forKey: .pairs)
    try values.encode(words, forKey: .words)
    try values.encode(characters, forKey: .characters)
  }
}
