import Cronos
import Evaluation
import LinearAlgebra

/// The report of a head that was trained on a file of embeddings: there are no clips, so there is no
/// text, and detection is measured on the test rows, or else on the validation rows, or else on the training
/// rows.
struct TrainingReport {
  let name: String
  let settings: CronosSettings
  let configuration: JSONValue
  let head: TrainedHead
  /// nil for a rival of the convex head.
  let result: TrainingResult?
  /// For their labels.
  let training: EmbeddingsFile
  let validation, test: EmbeddingsFile?
  /// The rows that detection is measured on.
  let rows: LabelledEmbeddings
  let bootstrap: Bootstrap

  /// - Throws: `LAPACKError`.
  func report() throws -> RunReport {
    let languages = training.languages
    let logits = rows.logits(of: head.head)
    let truth = rows.labels.map { languages[$0] }
    let predictions = logits.argmaxOfRows().map { languages[$0] }
    let none = truth.map { _ in "" }
    let shown = rows.shownRows
    let margins = logits.margins(labels: rows.labels)
    let answers = ClipAnswers(
      languages: languages, paths: truth.indices.map { "row \($0)" }, truth: truth, accents: none,
      references: none,
      heads: [
        .init(
          name: head.name, title: head.title, predictions: predictions, training: head.training)
      ], bootstrap: bootstrap)
    let timing = RunReport.Timing(
      embed: nil, train: head.training?.searchSeconds ?? head.training?.seconds, evaluate: nil)
    let source =
      if test != nil {
        "Detection is measured on the test rows."
      } else if validation != nil {
        "Detection is measured on the validation rows."
      } else {
        "No validation rows were given: detection is measured on the training rows."
      }
    return RunReport(
      provenance: .init(
        name: name, version: Version.current,
        encoder: .init(family: training.encoder ?? "unknown", weightsDigest: "", pooling: ""),
        configuration: configuration, seeds: ["opt_seed": Int(settings.seed)],
        deliveredIterate: result?.deliveredIteration,
        deliveredRule: result?.settings.iterate.rawValue,
        zeroColumnShare: head.convex?.head.zeroShare, notes: [source]),
      languages: languages, heads: answers.evaluations, mainHead: head.name,
      data: .init(
        train: training.labels.map { languages[$0] },
        validation: validation?.labels.map { languages[$0] } ?? [],
        test: test?.labels.map { languages[$0] } ?? []),
      timing: timing,
      flops: .init(
        encoder: .init(counted: nil), solver: .init(counted: head.training?.flops),
        decoder: .init(counted: nil), timing: timing),
      solver: result?.summary,
      certificate: head.lipschitzBounds.map {
        Certificate(logits: logits, labels: rows.labels, bounds: $0)
      },
      trace: result?.tracePoints ?? [],
      map: try EmbeddingMap(
        embeddings: rows.selectingRows(shown), languages: shown.map { truth[$0] },
        predictions: shown.map { predictions[$0] }),
      mistakes: answers.mistakes(margins: margins))
  }
}

extension TrainingResult {
  /// The solver's lines of a report.
  var summary: RunReport.SolverSummary {
    var residuals: [String: Double] = [:]
    if let last = trace.last {
      residuals["primal"] = last.primalResidual
      residuals["cone"] = last.coneResidual
      residuals["dual"] = last.dualResidual
      residuals["linear_system"] = last.linearSystem.relativeResidual
    }
    if let quality {
      residuals["cone_violation"] = quality.coneViolation
      residuals["stationarity"] = quality.stationarityResidual
      residuals["network_objective"] = quality.networkObjective
    }
    return RunReport.SolverSummary(
      method: method.rawValue, status: status.rawValue, precision: precision.rawValue,
      rho: penalty.rho, weightPenalty: penalty.weight, iterations: trace.count,
      objective: quality?.objective, lowerBound: quality?.lowerBound,
      relativeGap: quality?.relativeGap, residuals: residuals)
  }
}

extension Matrix<Float> {
  /// For each row: the logit of the true class less the largest other one.
  func margins(labels: [Int]) -> [Float] {
    precondition(labels.count == rows, "\(labels.count) labels for \(shape)")
    return (0..<rows).map { i in
      let row = row(i)
      let other = row.indices.filter { $0 != labels[i] }.map { row[$0] }.max() ?? -.infinity
      return row[labels[i]] - other
    }
  }
}
