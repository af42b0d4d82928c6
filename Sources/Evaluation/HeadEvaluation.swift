/// One row of a report: a head, how it told the languages apart, and what the decoder made of the
/// clips with the language that the head chose.
public struct HeadEvaluation: Sendable, Equatable, Codable {
  /// The head's name in files: "cld", or "default" for the encoder's own detector over all its
  /// languages, "default-restricted" for it over the run's languages, "oracle" for the true one.
  public var name: String
  /// Its name in tables.
  public var title: String
  public var detection: DetectionScores
  /// `nil` when no text was decoded for this head.
  @OrNull public var transcription: Transcription?

  /// Error rates overall, per language and per accent.
  public struct Transcription: Sendable, Equatable {
    public var overall: TranscriptionScores
    /// By true language, of those that have clips.
    public var perLanguage: [String: TranscriptionScores]
    /// By "language/accent", or the language alone for its clips without an accent.
    public var perAccent: [String: TranscriptionScores]

    /// Word error rate over all clips, percent.
    public var wer: Double { overall.wer }
    /// Character error rate over all clips, percent.
    public var cer: Double { overall.cer }
  }

  /// Computes all scores from what is known of each clip, the arrays in the same order.
  /// - Parameters:
  ///   - languages: the run's languages, in the order of its tables.
  ///   - truth: the true languages.
  ///   - accents: the accents, empty for a clip that has none.
  ///   - predictions: the languages that the head chose.
  ///   - references: what was said.
  ///   - hypotheses: what the decoder heard, `nil` when only languages were detected.
  /// - Precondition: as many entries in each array.
  public init(
    name: String, title: String, languages: [String], truth: [String], accents: [String],
    predictions: [String], references: [String], hypotheses: [String]?
  ) {
    (self.name, self.title) = (name, title)
    detection = DetectionScores(
      languages: languages, truth: truth, accents: accents, predictions: predictions)
    _transcription = OrNull(
      wrappedValue: hypotheses.map {
        Transcription(truth: truth, accents: accents, references: references, hypotheses: $0)
      })
  }
}

extension HeadEvaluation.Transcription {
  /// - Precondition: as many entries in each array.
  public init(truth: [String], accents: [String], references: [String], hypotheses: [String]) {
    precondition(
      truth.count == accents.count && truth.count == references.count,
      "\(truth.count) languages, \(accents.count) accents, \(references.count) references")
    self.init(overall: .init(), perLanguage: [:], perAccent: [:])
    let pairs = ErrorRate.pairs(references: references, hypotheses: hypotheses)
    for (clip, pair) in pairs.enumerated() {
      overall.add(pair)
      perLanguage[truth[clip], default: .init()].add(pair)
      let accent = DetectionScores.accentKey(truth[clip], accents[clip])
      perAccent[accent, default: .init()].add(pair)
    }
  }
}

extension HeadEvaluation.Transcription: Codable {
  private enum CodingKeys: String, CodingKey {
    case perLanguage = "per_language"
    case perAccent = "per_accent"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    overall = try TranscriptionScores(from: decoder)
    perLanguage = try values.decode([String: TranscriptionScores].self, forKey: .perLanguage)
    perAccent = try values.decode([String: TranscriptionScores].self, forKey: .perAccent)
  }

  /// The keys of `TranscriptionScores`, and `per_language` and `per_accent` with the same below.
  public func encode(to encoder: any Encoder) throws {
    try overall.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(perLanguage, forKey: .perLanguage)
    try values.encode(perAccent, forKey: .perAccent)
  }
}
