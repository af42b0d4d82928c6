/// What every head said about every test clip, and the report's rows and columns made of it.
public struct ClipAnswers: Sendable {
  /// One head's answers.
  public struct Head: Sendable {
    /// Its names in files and in tables.
    public var name, title: String
    /// The language of each clip.
    public var predictions: [String]
    /// The text of each clip; nil when none was decoded.
    public var hypotheses: [String]?
    /// nil for a detector that was not trained here.
    public var training: HeadTraining?

    public init(
      name: String, title: String, predictions: [String], hypotheses: [String]? = nil,
      training: HeadTraining? = nil
    ) {
      (self.name, self.title, self.predictions) = (name, title, predictions)
      (self.hypotheses, self.training) = (hypotheses, training)
    }
  }

  /// The run's languages, in the order of its tables.
  public var languages: [String]
  /// Of each clip: its file, true language, accent (empty if it has none) and sentence.
  public var paths, truth, accents, references: [String]
  /// The main head first.
  public var heads: [Head]
  /// The first is that of all error rates.
  public var normalisers: [TextNormaliser]
  /// Of the error rates' intervals.
  public var bootstrap: Bootstrap

  /// - Precondition: as many entries of each clip; at least one normaliser.
  public init(
    languages: [String], paths: [String], truth: [String], accents: [String],
    references: [String], heads: [Head], normalisers: [TextNormaliser] = [.none],
    bootstrap: Bootstrap = .init()
  ) {
    (self.languages, self.paths, self.truth) = (languages, paths, truth)
    (self.accents, self.references, self.heads) = (accents, references, heads)
    (self.normalisers, self.bootstrap) = (normalisers, bootstrap)
  }

  /// A row of the report for each head.
  public var evaluations: [HeadEvaluation] {
    heads.map {
      HeadEvaluation(
        name: $0.name, title: $0.title, languages: languages, truth: truth, accents: accents,
        predictions: $0.predictions, references: references, hypotheses: $0.hypotheses,
        normalisers: normalisers, bootstrap: bootstrap, training: $0.training)
    }
  }

  /// Every two heads, but for the one that was given the true language.
  public var comparisons: [HeadComparison] {
    let rivals = heads.filter { $0.name != "oracle" }
    let edits = rivals.map { head in
      head.hypotheses.map { texts in
        ErrorRate.pairs(
          references: references, hypotheses: texts, normaliser: normalisers[0]
        ).map { (edits: $0.words.edits, length: $0.words.referenceCount) }
      }
    }
    return rivals.indices.flatMap { i in
      rivals.indices.filter { $0 > i }.map { j in
        let texts: (first: [(edits: Int, length: Int)], second: [(edits: Int, length: Int)])? =
          if let a = edits[i], let b = edits[j] { (a, b) } else { nil }
        return HeadComparison(
          first: rivals[i].name, second: rivals[j].name,
          right: (right(rivals[i]), right(rivals[j])), edits: texts, bootstrap: bootstrap)
      }
    }
  }

  private func right(_ head: Head) -> [Bool] { zip(truth, head.predictions).map { $0 == $1 } }

  /// The first head's wrong answers, those first that it was surest of.
  /// - Parameters:
  ///   - margins: of the first head: the true language's logit less the greatest other one.
  ///   - limit: how many are given at most.
  public func mistakes(margins: [Float]?, limit: Int = 20) -> [Mistake] {
    guard let head = heads.first else { return [] }
    let wrong = truth.indices.filter { truth[$0] != head.predictions[$0] }
    let ordered = margins.map { margins in wrong.sorted { margins[$0] < margins[$1] } } ?? wrong
    return ordered.prefix(limit).map { clip in
      Mistake(
        path: paths[clip], language: truth[clip], accent: accents[clip],
        predicted: head.predictions[clip], margin: margins.map { Double($0[clip]) },
        reference: references[clip], hypothesis: head.hypotheses?[clip])
    }
  }

  /// `predictions.tsv`.
  public func table(margins: [Float]?, radii: [Double]?) -> PredictionsTable {
    PredictionsTable(
      paths: paths, languages: truth, accents: accents, references: references,
      heads: heads.map {
        .init(name: $0.name, predictions: $0.predictions, hypotheses: $0.hypotheses)
      }, margins: margins, radii: radii)
  }
}
