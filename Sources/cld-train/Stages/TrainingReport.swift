import Cronos
import Evaluation
import LinearAlgebra

/// The report of a head that was trained on a file of embeddings: there are no clips, so there is no
/// text, and detection is measured on the validation rows, or on the training rows without any.
struct TrainingReport {
  let name: String
  let settings: CronosSettings
  let configuration: JSONValue
  let result: TrainStage.Result
  let training: EmbeddingsFile
  let validation: EmbeddingsFile?

  var report: RunReport {
    let languages = training.languages
    let rows = validation?.data ?? training.data
    let logits = result.head.logits(rows.features)
    let truth = rows.labels.map { languages[$0] }
    let evaluation = HeadEvaluation(
      name: "cld", title: "CLD", languages: languages, truth: truth,
      accents: truth.map { _ in "" }, predictions: logits.argmaxOfRows().map { languages[$0] },
      references: truth.map { _ in "" }, hypotheses: nil)
    let timing = RunReport.Timing(embed: nil, train: result.training.seconds, evaluate: nil)
    let source =
      validation == nil
      ? "No validation rows were given: detection is measured on the training rows."
      : "Detection is measured on the validation rows."
    return RunReport(
      provenance: .init(
        name: name, version: Version.current,
        encoder: .init(family: training.encoder ?? "unknown", weightsDigest: "", pooling: ""),
        configuration: configuration, seeds: ["opt_seed": Int(settings.seed)],
        deliveredIterate: result.training.deliveredIteration,
        deliveredRule: settings.iterate.rawValue,
        zeroColumnShare: result.training.head.zeroShare, notes: [source]),
      languages: languages, heads: [evaluation], mainHead: "cld",
      data: .init(
        train: training.data.labels.map { languages[$0] },
        validation: validation?.data.labels.map { languages[$0] } ?? [], test: []),
      timing: timing,
      flops: .init(
        encoder: .init(counted: nil), solver: .init(counted: result.training.flops),
        decoder: .init(counted: nil), timing: timing),
      solver: result.training.summary,
      certificate: Certificate(
        margins: logits.margins(labels: rows.labels), lipschitz: result.head.head.lipschitzBound))
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
      method: method.rawValue, status: status.rawValue, iterations: trace.count,
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
