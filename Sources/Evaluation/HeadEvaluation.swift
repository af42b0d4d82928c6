/// One row of a report: a head, how it told the languages apart, and what the decoder made of the
/// clips with the language that the head chose.
public struct HeadEvaluation: Sendable, Equatable, Codable {
  /// The head's name in files: "cld", "knn", "linear-svm", "kernel-svm", "nn"; "default" for the
  /// encoder's own detector over all its languages, "default-restricted" for it over the run's
  /// languages, "oracle" for the true one.
  public var name: String
  /// Its name in tables.
  public var title: String
  public var detection: DetectionScores
  /// `nil` when no text was decoded for this head.
  @OrNull public var transcription: Transcription?
  /// How the head came about; `nil` for a detector that was not trained here.
  @OrNull public var training: HeadTraining?

  /// Error rates overall, per language and per accent.
  public struct Transcription: Sendable, Equatable {
    /// What was done to the texts before.
    public var normaliser: TextNormaliser
    /// Over all clips.
    public var overall: TranscriptionScores
    /// By true language, of those that have clips.
    public var perLanguage: [String: TranscriptionScores]
    /// By "language/accent", or the language alone for its clips without an accent.
    public var perAccent: [String: TranscriptionScores]
    /// Overall, under other normalisers, by their names.
    public var normalised: [String: TranscriptionScores]

    /// Word error rate over all clips, percent.
    public var wer: Double { overall.wer }
    /// Character error rate over all clips, percent.
    public var cer: Double { overall.cer }
  }

  /// Computes all scores from what is known of each clip, the arrays in the same order.
  /// - Parameters:
  ///   - name: the head's name in files.
  ///   - title: its name for readers.
  ///   - languages: the run's languages, in the order of its tables.
  ///   - truth: the true languages.
  ///   - accents: the accents, empty for a clip that has none.
  ///   - predictions: the languages that the head chose.
  ///   - references: what was said.
  ///   - hypotheses: what the decoder heard, `nil` when only languages were detected.
  ///   - normalisers: the first is that of all error rates, the others of the overall ones beside.
  ///   - bootstrap: of the error rates' intervals.
  ///   - training: what the head's training took.
  /// - Precondition: as many entries in each array; at least one normaliser.
  public init(
    name: String, title: String, languages: [String], truth: [String], accents: [String],
    predictions: [String], references: [String], hypotheses: [String]?,
    normalisers: [TextNormaliser] = [.none], bootstrap: Bootstrap = .init(resamples: 0),
    training: HeadTraining? = nil
  ) {
    (self.name, self.title) = (name, title)
    detection = DetectionScores(
      languages: languages, truth: truth, accents: accents, predictions: predictions)
    _transcription = OrNull(
      wrappedValue: hypotheses.map {
        Transcription(
          truth: truth, accents: accents, references: references, hypotheses: $0,
          normalisers: normalisers, bootstrap: bootstrap)
      })
    _training = OrNull(wrappedValue: training)
  }
}

/// What a head cost.
public struct HeadTraining: Sendable, Equatable, Codable {
  /// The settings of the head, as chosen.
  public var settings: JSONValue
  /// Wall seconds of training the chosen head alone.
  public var seconds: Double
  /// Wall seconds of the search that it came from; nil without one.
  @OrNull public var searchSeconds: Double?
  /// Operations of training the chosen head as counted; `nil` where a library does not count.
  @OrNull public var flops: Int?
  /// How many settings were tried.
  public var candidates: Int
  /// Of the chosen one, 0 … 1.
  @OrNull public var validationAccuracy: Double?

  private enum CodingKeys: String, CodingKey {
    case settings, seconds, flops, candidates
    case searchSeconds = "search_seconds"
    case validationAccuracy = "validation_accuracy"
  }

  public init(
    settings: JSONValue, seconds: Double, searchSeconds: Double? = nil, flops: Int?,
    candidates: Int = 1, validationAccuracy: Double?
  ) {
    (self.settings, self.seconds, self.candidates) = (settings, seconds, candidates)
    _searchSeconds = OrNull(wrappedValue: searchSeconds)
    _flops = OrNull(wrappedValue: flops)
    _validationAccuracy = OrNull(wrappedValue: validationAccuracy)
  }
}

extension HeadEvaluation.Transcription {
  /// - Precondition: as many entries in each array; at least one normaliser.
  public init(
    truth: [String], accents: [String], references: [String], hypotheses: [String],
    normalisers: [TextNormaliser] = [.none], bootstrap: Bootstrap = .init(resamples: 0)
  ) {
    precondition(
      truth.count == accents.count && truth.count == references.count
        && truth.count == hypotheses.count,
      "\(truth.count) languages, \(accents.count) accents, \(references.count) references, "
        + "\(hypotheses.count) hypotheses")
    precondition(!normalisers.isEmpty, "no normaliser: 'none' is one")
    normaliser = normalisers[0]
    let pairs = ErrorRate.pairs(
      references: references, hypotheses: hypotheses, normaliser: normaliser)
    func scores(_ clips: [Int]) -> TranscriptionScores {
      TranscriptionScores(of: clips.map { pairs[$0] }, bootstrap: bootstrap)
    }
    overall = scores(Array(pairs.indices))
    perLanguage = Dictionary(grouping: pairs.indices) { truth[$0] }.mapValues(scores)
    perAccent = Dictionary(grouping: pairs.indices) {
      DetectionScores.accentKey(truth[$0], accents[$0])
    }.mapValues(scores)
    normalised = [:]
    for other in normalisers.dropFirst() {
      normalised[other.rawValue] = TranscriptionScores(
        references: references, hypotheses: hypotheses, normaliser: other, bootstrap: bootstrap)
    }
  }
}

extension HeadEvaluation.Transcription: Codable {
  private enum CodingKeys: String, CodingKey {
    case normaliser, normalised
    case perLanguage = "per_language"
    case perAccent = "per_accent"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    overall = try TranscriptionScores(from: decoder)
    perLanguage = try values.decode([String: TranscriptionScores].self, forKey: .perLanguage)
    perAccent = try values.decode([String: TranscriptionScores].self, forKey: .perAccent)
    normaliser = try values.decodeIfPresent(TextNormaliser.self, forKey: .normaliser) ?? .none
    normalised =
      try values.decodeIfPresent([String: TranscriptionScores].self, forKey: .normalised) ?? [:]
  }

  /// The keys of `TranscriptionScores`, `per_language` and `per_accent` with the same below, the
  /// normaliser of them all, and `normalised`: the overall rates under others.
  public func encode(to encoder: any Encoder) throws {
    try overall.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(perLanguage, forKey: .perLanguage)
    try values.encode(perAccent, forKey: .perAccent)
    try values.encode(normaliser, forKey: .normaliser)
    try values.encode(normalised, forKey: .normalised)
  }
}
