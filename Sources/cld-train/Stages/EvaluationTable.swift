import Embeddings
import Evaluation

/// What every head said about every test clip, and the report's rows and columns made of it.
struct EvaluationTable {
  let languages: [String]
  let rows: [Row]
  /// Whether the clips were decoded to text.
  let hasText: Bool
  let hasOracle: Bool

  /// What the heads said about one clip.
  struct Row {
    /// Of the clip among the test clips.
    let index: Int
    let clip: Clip
    /// The language that each head chose; nil for a head that was not asked.
    var cld, standard, restricted: String?
    /// By the language that the decoder was told.
    var texts: [String: String] = [:]

    init(index: Int, clip: Clip, cld: String?) {
      (self.index, self.clip, self.cld) = (index, clip, cld)
    }
  }

  /// A head that chose a language for each clip.
  private struct Column {
    let name, title: String
    let predictions: [String]
  }

  private var columns: [Column] {
    func column(_ name: String, _ title: String, _ choice: (Row) -> String?) -> Column? {
      let predictions = rows.compactMap(choice)
      guard predictions.count == rows.count else { return nil }
      return Column(name: name, title: title, predictions: predictions)
    }
    return [
      column("cld", "CLD") { $0.cld },
      column("default", "default detector") { $0.standard },
      column("default-restricted", "default, run's languages") { $0.restricted },
      hasOracle && hasText ? column("oracle", "oracle (true language)") { $0.clip.language } : nil,
    ].compactMap { $0 }
  }

  private func hypotheses(_ column: Column) -> [String]? {
    hasText ? zip(rows, column.predictions).map { $0.texts[$1] ?? "" } : nil
  }

  /// A row of the report for each head.
  var evaluations: [HeadEvaluation] {
    columns.map { column in
      HeadEvaluation(
        name: column.name, title: column.title, languages: languages,
        truth: rows.map(\.clip.language), accents: rows.map(\.clip.accent),
        predictions: column.predictions, references: rows.map(\.clip.text),
        hypotheses: hypotheses(column))
    }
  }

  /// `predictions.tsv`; margins are signed by correctness.
  func predictions(margins: [Float]?, lipschitz: Double) -> PredictionsTable {
    PredictionsTable(
      paths: rows.map(\.clip.path), languages: rows.map(\.clip.language),
      accents: rows.map(\.clip.accent), references: rows.map(\.clip.text),
      heads: columns.map {
        PredictionsTable.Head(
          name: $0.name, predictions: $0.predictions, hypotheses: hypotheses($0))
      }, margins: margins,
      radii: margins.map { Certificate.radii(margins: $0, lipschitz: lipschitz) })
  }
}
