import Embeddings
import Evaluation

/// What every head said about every test clip.
struct EvaluationTable {
  let config: RunConfig
  let languages: [String]
  let heads: [TrainedHead]
  let rows: [Row]
  /// Whether the clips were decoded to text.
  let hasText: Bool

  /// What the heads said about one clip.
  struct Row {
    /// Of the clip among the test clips.
    let index: Int
    let clip: Clip
    /// The language that each trained head chose, in the order of the heads.
    let choices: [String]
    /// What the detector chose, over all its languages and over the run's; nil without one.
    var standard, restricted: String?
    /// By the language that the decoder was told.
    var texts: [String: String] = [:]

    init(index: Int, clip: Clip, choices: [String]) {
      (self.index, self.clip, self.choices) = (index, clip, choices)
    }
  }

  /// All that the report says of the clips.
  var answers: ClipAnswers {
    func column(
      _ name: String, _ title: String, _ training: HeadTraining? = nil,
      _ choice: (Row) -> String?
    ) -> ClipAnswers.Head? {
      let predictions = rows.compactMap(choice)
      guard predictions.count == rows.count else { return nil }
      return ClipAnswers.Head(
        name: name, title: title, predictions: predictions,
        hypotheses: hasText ? zip(rows, predictions).map { $0.texts[$1] ?? "" } : nil,
        training: training)
    }
    let trained = heads.enumerated().map { index, head in
      column(head.name, head.title, head.training) { $0.choices[index] }
    }
    let others = [
      column("default", "default detector") { $0.standard },
      column("default-restricted", "default, run's languages") { $0.restricted },
      config.evaluation.oracle && hasText
        ? column("oracle", "oracle (true language)") { $0.clip.language } : nil,
    ]
    return ClipAnswers(
      languages: languages, paths: rows.map(\.clip.path), truth: rows.map(\.clip.language),
      accents: rows.map(\.clip.accent), references: rows.map(\.clip.text),
      heads: (trained + others).compactMap { $0 }, normalisers: config.evaluation.normalisers,
      bootstrap: config.evaluation.bootstrap)
  }
}
