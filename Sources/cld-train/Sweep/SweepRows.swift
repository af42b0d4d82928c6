import Cronos
import Embeddings
import Evaluation
import LinearAlgebra

/// What trials are trained on and compared by.
struct SweepRows {
  /// Where the rows come from, for metrics that need the clips again.
  struct Source {
    let backbone: Backbone
    let cache: EmbeddingCache
    let config: RunConfig
  }

  let languages: [String]
  let training, validation: LabelledEmbeddings
  /// Of the validation rows; empty for rows from a file.
  let clips: [Clip]
  /// nil for rows from a file.
  let source: Source?

  init(
    languages: [String], training: LabelledEmbeddings, validation: LabelledEmbeddings,
    clips: [Clip] = [], source: Source? = nil
  ) {
    (self.languages, self.training, self.validation) = (languages, training, validation)
    (self.clips, self.source) = (clips, source)
  }

  /// Reads files of embeddings.
  /// - Throws: `TensorFileError`, `CommandError`.
  init(embeddings: String, validation: String) throws {
    let training = try EmbeddingsFile(path: embeddings)
    try TrainStage.requireRows(of: training.languages, in: training.labels, from: embeddings)
    self.init(
      languages: training.languages, training: training.data,
      validation: try training.companion(validation, of: embeddings).data)
  }

  /// The report of a head on the validation rows, as report.json has it for the test clips.
  /// - Parameter needsText: whether the clips are decoded to text, too.
  func report(
    _ head: TrainedHead, timing: RunReport.Timing, solver: RunReport.SolverSummary?,
    needsText: Bool, console: Console
  ) throws -> RunReport {
    let answers: ClipAnswers
    var certificate: Certificate?
    if needsText, let source {
      var config = source.config
      config.evaluation.heads = [.cld]
      config.evaluation.oracle = false
      config.evaluation.bootstrap.resamples = 0
      let stage = EvaluateStage(
        backbone: source.backbone, cache: source.cache, config: config, languages: languages,
        console: console)
      let result = try stage.run(clips: clips, embeddings: validation.features, heads: [head])
      (answers, certificate) = (result.answers, result.certificate)
    } else {
      let logits = head.head.logits(validation.features)
      let none = validation.labels.map { _ in "" }
      answers = ClipAnswers(
        languages: languages,
        paths: clips.isEmpty ? validation.labels.indices.map { "row \($0)" } : clips.map(\.path),
        truth: validation.labels.map { languages[$0] },
        accents: clips.isEmpty ? none : clips.map(\.accent), references: none,
        heads: [
          .init(
            name: head.name, title: head.title,
            predictions: logits.argmaxOfRows().map { languages[$0] }, training: head.training)
        ], bootstrap: Bootstrap(resamples: 0))
      certificate = head.lipschitzBounds.map {
        Certificate(logits: logits, labels: validation.labels, bounds: $0)
      }
    }
    return RunReport(
      provenance: .init(
        name: "trial", version: Version.current,
        encoder: .init(family: "", weightsDigest: "", pooling: "")),
      languages: languages, heads: answers.evaluations, mainHead: head.name,
      data: .init(
        train: training.labels.map { languages[$0] },
        validation: validation.labels.map { languages[$0] }, test: []),
      timing: timing,
      flops: .init(
        encoder: .init(counted: nil), solver: .init(counted: head.training?.flops),
        decoder: .init(counted: nil), timing: timing),
      solver: solver, certificate: certificate)
  }
}
