import Foundation
import LinearAlgebra

/// A trained head with what is known about it.
public struct TrainingResult: Sendable {
  /// Why the solver stopped.
  public enum Status: String, Sendable, Codable {
    /// The asked number of iterations was done.
    case iterationLimit = "iteration_limit"
    /// The progress callback asked to stop.
    case cancelled
    /// An iterate was no longer finite: the last finite one is delivered.
    case diverged
  }

  public let head: ConvexHead
  public let status: Status
  public let settings: CronosSettings
  public let trace: [IterationRecord]
  /// How good the last iterate is; nil when the solve diverged.
  public let quality: SolutionQuality?
  /// The hyperplanes g, `[d, P]`.
  public let hyperplanes: Matrix<Float>
  /// The delivered iterates of the program, halves `[d, C·P]`.
  public let u, v: BlockPair<Double>
  /// Operations that set-up and iterations took, and their wall time.
  public let flops: Int
  public let seconds: Double
}

/// Trains a convex head on embeddings.
/// - Parameters:
///   - validation: rows on which loss and accuracy are reported after each iteration.
///   - progress: called after each iteration; `false` stops the solve there.
/// - Throws: `SettingsError`, `TrainingDataError`, `LAPACKError`.
public func trainConvexHead(
  on data: LabelledEmbeddings, validation: LabelledEmbeddings? = nil, settings: CronosSettings,
  progress: (IterationRecord) -> Bool = { _ in true }
) throws -> TrainingResult {
  try settings.validate()
  if let found = validation?.features.columns, found != data.features.columns {
    throw TrainingDataError.width(expected: data.features.columns, found: found)
  }
  switch settings.precision {
  case .float32:
    return try train(Float.self, on: data, validation: validation, settings, progress)
  case .float64:
    return try train(Double.self, on: data, validation: validation, settings, progress)
  }
}

private func train<S: BLASScalar>(
  _ type: S.Type, on data: LabelledEmbeddings, validation: LabelledEmbeddings?,
  _ settings: CronosSettings, _ progress: (IterationRecord) -> Bool
) throws -> TrainingResult {
  let start = ContinuousClock.now
  let flopsBefore = FLOPCounter.total
  let workspace = try Workspace<S>(data: data, validation: validation, settings: settings)
  var admm = ADMM(
    program: workspace.program(beta: settings.beta), settings: settings,
    system: try workspace.linearSystem(settings))

  var status = TrainingResult.Status.iterationLimit
  var trace: [IterationRecord] = []
  var delivered = (u: admm.u, v: admm.v)
  for iteration in 1...settings.iterations {
    let step = try admm.iterate()
    guard step.primalResidual.isFinite, step.coneResidual.isFinite else {
      status = .diverged
      break
    }
    delivered = (admm.u, admm.v)
    let record = IterationRecord(
      iteration: iteration, seconds: (ContinuousClock.now - start).seconds, step: step,
      training: workspace.score(fit: step.fit), validation: workspace.validationScore(at: admm.v))
    trace.append(record)
    if !progress(record) {
      status = .cancelled
      break
    }
  }
  let (u, v) = (workspace.restore(delivered.u), workspace.restore(delivered.v))
  return TrainingResult(
    head: ConvexHead(weights: v, classes: data.classes), status: status, settings: settings,
    trace: trace, quality: status == .diverged ? nil : admm.quality(),
    hyperplanes: workspace.hyperplanes, u: u.converted(), v: v.converted(),
    flops: FLOPCounter.total - flopsBefore, seconds: (ContinuousClock.now - start).seconds)
}

extension IterationRecord {
  fileprivate init<S>(
    iteration: Int, seconds: Double, step: ADMM<S>.Step, training: Score, validation: Score?
  ) {
    self.init(
      iteration: iteration, seconds: seconds, trainLoss: training.loss,
      trainAccuracy: training.accuracy, validationLoss: validation?.loss,
      validationAccuracy: validation?.accuracy, primalResidual: step.primalResidual,
      coneResidual: step.coneResidual, dualResidual: step.dualResidual,
      linearSystem: step.linearSystem)
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
