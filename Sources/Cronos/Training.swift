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
    return try Training<Float>(data: data, validation: validation, settings: settings)
      .run(progress: progress)
  case .float64:
    return try Training<Double>(data: data, validation: validation, settings: settings)
      .run(progress: progress)
  }
}

/// One training run in one precision.
private struct Training<S: BLASScalar> {
  let data: LabelledEmbeddings
  let validation: (features: Matrix<S>, targets: Matrix<S>, labels: [Int])?
  let settings: CronosSettings

  init(data: LabelledEmbeddings, validation: LabelledEmbeddings?, settings: CronosSettings) {
    (self.data, self.settings) = (data, settings)
    self.validation = validation.map {
      ($0.features.converted(to: S.self), $0.targets(as: S.self), $0.labels)
    }
  }

  func run(progress: (IterationRecord) -> Bool) throws -> TrainingResult {
    let start = ContinuousClock.now
    let flopsBefore = FLOPCounter.total
    let features = data.features.converted(to: S.self)
    let sample = HyperplaneSample(
      seed: settings.seed, dimension: features.columns, neurons: settings.neurons)
    let patterns = ActivationPatterns<S>(hyperplanes: sample.hyperplanes, features: features)
    let program = ConvexProgram(
      features: features, active: patterns.active, targets: data.targets(as: S.self),
      beta: settings.beta)
    let system = try NystromPCG(program: program, settings: settings, key: sample.carry)
    var admm = ADMM(program: program, settings: settings, system: system)

    var status = TrainingResult.Status.iterationLimit
    var delivered = (u: admm.u, v: admm.v)
    var trace: [IterationRecord] = []
    for iteration in 1...settings.iterations {
      let step = try admm.iterate()
      guard step.primalResidual.isFinite, step.coneResidual.isFinite else {
        status = .diverged
        break
      }
      trace.append(record(step, v: admm.v, iteration: iteration, since: start))
      delivered = (admm.u, admm.v)
      if let last = trace.last, !progress(last) {
        status = .cancelled
        break
      }
    }
    return TrainingResult(
      head: ConvexHead(weights: delivered.v, classes: data.classes), status: status,
      settings: settings, trace: trace, quality: status == .diverged ? nil : admm.quality(),
      hyperplanes: sample.hyperplanes, u: delivered.u.converted(), v: delivered.v.converted(),
      flops: FLOPCounter.total - flopsBefore,
      seconds: (ContinuousClock.now - start).seconds)
  }

  private func record(
    _ step: ADMM<S, NystromPCG<S>>.Step, v: BlockPair<S>, iteration: Int,
    since start: ContinuousClock.Instant
  ) -> IterationRecord {
    let train = Score(step.fit, targets: data.targets(as: S.self), labels: data.labels)
    let validated = validation.map { validation in
      var logits = PatternKernels.sumRectified(
        multiply(validation.features, v.v), neurons: settings.neurons)
      let negative = PatternKernels.sumRectified(
        multiply(validation.features, v.w), neurons: settings.neurons)
      logits.combine(negative) { a, b in a - b }
      return Score(logits, targets: validation.targets, labels: validation.labels)
    }
    return IterationRecord(
      iteration: iteration, seconds: (ContinuousClock.now - start).seconds, trainLoss: train.loss,
      trainAccuracy: train.accuracy, validationLoss: validated?.loss,
      validationAccuracy: validated?.accuracy, primalResidual: step.primalResidual,
      coneResidual: step.coneResidual, dualResidual: step.dualResidual,
      linearSystem: step.linearSystem)
  }
}

/// Mean squared error (summed over classes, no ½) and accuracy of outputs `[n, C]`.
private struct Score {
  let loss, accuracy: Double

  init<S: BLASScalar>(_ outputs: Matrix<S>, targets: Matrix<S>, labels: [Int]) {
    var residual = outputs
    residual.combine(targets) { a, b in a - b }
    loss = residual.squaredColumnSums().reduce(0, +) / Double(max(labels.count, 1))
    let correct = zip(outputs.argmaxOfRows(), labels).count { $0 == $1 }
    accuracy = Double(correct) / Double(max(labels.count, 1))
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
