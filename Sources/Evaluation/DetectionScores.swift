/// How well a head told the languages of clips apart, overall, per language and per accent.
public struct DetectionScores: Sendable, Equatable, Codable {
  /// Of the clips that truly are in one language.
  public struct Language: Sendable, Equatable, Codable {
    /// How many there are, and how many of them were recognised.
    public internal(set) var clips, correct: Int
    /// Share of the language's clips that were recognised (its recall), 0 … 1; `nil` without clips.
    @OrNull public internal(set) var accuracy: Double?
    /// Wilson's 95 % interval of it.
    @OrNull public internal(set) var interval: Interval?
    /// Share of the clips taken for this language that are in it, 0 … 1; 0 if none was.
    public internal(set) var precision: Double
    /// Harmonic mean of precision and recall, 0 … 1.
    public internal(set) var f1: Double
  }

  /// Of the clips of one accent of one language.
  public struct Accent: Sendable, Equatable, Codable {
    /// The true language.
    public internal(set) var language: String
    /// Empty for clips without one.
    public internal(set) var accent: String
    /// How many there are, and of how many the language was recognised.
    public internal(set) var clips, correct: Int
    /// Share of the accent's clips whose language was recognised, 0 … 1.
    @OrNull public internal(set) var accuracy: Double?
    /// Wilson's 95 % interval of it.
    @OrNull public internal(set) var interval: Interval?
  }

  /// Rows are true languages, columns predicted ones, both in the order of `languages`.
  public struct Confusion: Sendable, Equatable, Codable {
    /// The run's, and after them any other true language.
    public internal(set) var languages: [String]
    /// `[languages, languages]`.
    public internal(set) var counts: [[Int]]
    /// Clips by true language that were taken for a language outside the list, `[languages]`.
    public internal(set) var outside: [Int]
  }

  /// A mean over languages of precision, recall and F1, 0 … 1.
  public struct Average: Sendable, Equatable, Codable {
    public internal(set) var precision, recall, f1: Double
  }

  /// How many clips there are, and of how many the language was recognised.
  public internal(set) var clips, correct: Int
  /// Share of clips whose language was recognised, 0 … 1; `nil` without clips.
  @OrNull public internal(set) var accuracy: Double?
  /// Wilson's 95 % interval of it.
  @OrNull public internal(set) var interval: Interval?
  /// By language, every language of the run among them.
  public internal(set) var perLanguage: [String: Language]
  /// By "language/accent", or the language alone for its clips without an accent.
  public internal(set) var perAccent: [String: Accent]
  public internal(set) var confusion: Confusion
  /// The plain mean over languages, and the one weighted by their clips.
  public internal(set) var macroAverage, weightedAverage: Average

  private enum CodingKeys: String, CodingKey {
    case clips, correct, accuracy, interval, confusion
    case perLanguage = "per_language"
    case perAccent = "per_accent"
    case macroAverage = "macro_average"
    case weightedAverage = "weighted_average"
  }

  /// - Parameters:
  ///   - languages: the run's languages, in the order of its tables. A true language that is not
  ///     among them is added at the end; a predicted one is counted as outside.
  ///   - truth: the true language of each clip.
  ///   - accents: the accent of each clip, empty if it has none.
  ///   - predictions: the predicted language of each clip.
  /// - Precondition: as many entries for each clip.
  public init(languages: [String], truth: [String], accents: [String], predictions: [String]) {
    precondition(
      truth.count == accents.count && truth.count == predictions.count,
      "\(truth.count) languages, \(accents.count) accents, \(predictions.count) predictions")
    let labels = RunReport.order(languages, adding: truth)
    let result = Classification(truth: truth, predictions: predictions, labels: labels)
    (clips, correct) = (result.count, result.correct)
    _accuracy = OrNull(wrappedValue: result.count == 0 ? nil : result.accuracy)
    _interval = OrNull(wrappedValue: .wilson(correct: result.correct, of: result.count))
    confusion = Confusion(
      languages: labels, counts: result.confusion, outside: result.predictedOutside)
    macroAverage = Average(result.macroAverage)
    weightedAverage = Average(result.weightedAverage)

    perLanguage = [:]
    for (index, label) in labels.enumerated() {
      let scores = result.scores[index]
      let correct = result.confusion[index][index]
      perLanguage[label] = Language(
        clips: scores.support, correct: correct,
        accuracy: scores.support == 0 ? nil : scores.recall,
        interval: .wilson(correct: correct, of: scores.support),
        precision: scores.precision, f1: scores.f1)
    }
    perAccent = [:]
    for clip in truth.indices {
      let key = DetectionScores.accentKey(truth[clip], accents[clip])
      var accent =
        perAccent[key]
        ?? Accent(
          language: truth[clip], accent: accents[clip], clips: 0, correct: 0, accuracy: nil,
          interval: nil)
      accent.clips += 1
      accent.correct += truth[clip] == predictions[clip] ? 1 : 0
      accent.accuracy = Double(accent.correct) / Double(accent.clips)
      accent.interval = .wilson(correct: accent.correct, of: accent.clips)
      perAccent[key] = accent
    }
  }

  /// The key of an accent's clips in `perAccent`.
  static func accentKey(_ language: String, _ accent: String) -> String {
    accent.isEmpty ? language : "\(language)/\(accent)"
  }
}

extension DetectionScores.Average {
  fileprivate init(_ scores: Classification.Scores) {
    self.init(precision: scores.precision, recall: scores.recall, f1: scores.f1)
  }
}
