/// Error rates of a list of pairs, summed as a corpus: all edits over all reference units.
public struct TranscriptionScores: Sendable, Equatable {
  /// How many pairs were compared.
  public var pairs: Int
  /// How many of them have a reference without a word.
  public var emptyReferences: Int
  /// Between words, summed over the pairs.
  public var words: EditCounts
  /// Between characters, summed over the pairs.
  public var characters: EditCounts
  /// In the units of the mixed error rate; see `ErrorRate.PairEdits`.
  public var mixed: EditCounts
  /// 95 % interval of the WER in percent, from a bootstrap over pairs; `nil` where none was asked
  /// or there are fewer than two pairs.
  @OrNull public var werInterval: Interval?
  /// The same of the CER.
  @OrNull public var cerInterval: Interval?
  /// The same of the mixed error rate.
  @OrNull public var merInterval: Interval?

  public init(
    pairs: Int = 0, words: EditCounts = .init(), characters: EditCounts = .init(),
    mixed: EditCounts? = nil
  ) {
    (self.pairs, self.words, self.characters) = (pairs, words, characters)
    (self.mixed, emptyReferences) = (mixed ?? words, 0)
    _werInterval = OrNull(wrappedValue: nil)
    _cerInterval = OrNull(wrappedValue: nil)
    _merInterval = OrNull(wrappedValue: nil)
  }

  /// - Precondition: as many hypotheses as references.
  public init(
    references: [String], hypotheses: [String], normaliser: TextNormaliser = .none,
    bootstrap: Bootstrap = .init(resamples: 0)
  ) {
    self.init(
      of: ErrorRate.pairs(
        references: references, hypotheses: hypotheses, normaliser: normaliser),
      bootstrap: bootstrap)
  }

  init(of pairs: [ErrorRate.PairEdits], bootstrap: Bootstrap) {
    self.init()
    for pair in pairs {
      self.pairs += 1
      emptyReferences += pair.words.referenceCount == 0 ? 1 : 0
      words += pair.words
      characters += pair.characters
      mixed += pair.mixed
    }
    func interval(_ counts: (ErrorRate.PairEdits) -> EditCounts) -> Interval? {
      bootstrap.interval(pairs.map { (counts($0).edits, counts($0).referenceCount) })
    }
    werInterval = interval(\.words)
    cerInterval = interval(\.characters)
    merInterval = mixed == words ? werInterval : interval(\.mixed)
  }

  /// Word error rate in percent; see `EditCounts.rate` for lists of empty references.
  public var wer: Double { 100 * words.rate }
  /// Character error rate in percent.
  public var cer: Double { 100 * characters.rate }
  /// Mixed error rate in percent.
  public var mer: Double { 100 * mixed.rate }
}

extension TranscriptionScores: Codable {
  private enum CodingKeys: String, CodingKey {
    case wer, cer, mer, pairs, words, characters, mixed
    case emptyReferences = "empty_references"
    case werInterval = "wer_interval"
    case cerInterval = "cer_interval"
    case merInterval = "mer_interval"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      pairs: try values.decode(Int.self, forKey: .pairs),
      words: try values.decode(EditCounts.self, forKey: .words),
      characters: try values.decode(EditCounts.self, forKey: .characters),
      mixed: try values.decodeIfPresent(EditCounts.self, forKey: .mixed))
    emptyReferences = try values.decodeIfPresent(Int.self, forKey: .emptyReferences) ?? 0
    _werInterval = try values.decode(OrNull<Interval>.self, forKey: .werInterval)
    _cerInterval = try values.decode(OrNull<Interval>.self, forKey: .cerInterval)
    _merInterval = try values.decode(OrNull<Interval>.self, forKey: .merInterval)
  }

  /// The keys `wer`, `cer`, `mer` (percent) with their intervals, `pairs`, `empty_references`, and the
  /// edits under `words`, `characters` and `mixed`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(wer, forKey: .wer)
    try values.encode(cer, forKey: .cer)
    try values.encode(mer, forKey: .mer)
    try values.encode(_werInterval, forKey: .werInterval)
    try values.encode(_cerInterval, forKey: .cerInterval)
    try values.encode(_merInterval, forKey: .merInterval)
    try values.encode(pairs, forKey: .pairs)
    try values.encode(emptyReferences, forKey: .emptyReferences)
    try values.encode(words, forKey: .words)
    try values.encode(characters, forKey: .characters)
    try values.encode(mixed, forKey: .mixed)
  }
}
