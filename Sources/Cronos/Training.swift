import Foundation
import LinearAlgebra

/// What the solver says while it works.
public enum SolverMessage: Sendable, CustomStringConvertible {
  /// A choice that it made, such as the method.
  case decision(String)
  /// Settings that defeat themselves.
  case warning(String)

  public var description: String {
    switch self {
    case .decision(let text), .warning(let text): text
    }
  }
}

/// Trains a convex head on embeddings.
/// - Parameters:
///   - data: the rows to train on.
///   - validation: rows on which loss and accuracy are reported after each iteration.
///   - settings: the published ones, unless they are changed.
///   - log: gets a line about each decision, such as the method that `auto` chose, and warnings.
///   - progress: called after each iteration; `false` stops the solve there.
/// - Throws: `SettingsError`, `TrainingDataError`, `LAPACKError`.
public func trainConvexHead(
  on data: LabelledEmbeddings, validation: LabelledEmbeddings? = nil, settings: CronosSettings,
  log: (SolverMessage) -> Void = { _ in }, progress: (IterationRecord) -> Bool = { _ in true }
) throws -> TrainingResult {
  let results = try trainConvexPath(
    on: data, validation: validation, settings: settings, betas: [settings.beta], log: log,
    progress: progress)
  return results[0]
}

/// Trains a head for each β, in the order given: patterns, eigenbasis and factor are made once, and
/// each solve starts where the one before ended.
/// - Returns: a result for each β; fewer if the progress callback stopped a solve.
/// - Throws: `SettingsError`, `TrainingDataError`, `LAPACKError`.
public func trainConvexPath(
  on data: LabelledEmbeddings, validation: LabelledEmbeddings? = nil, settings: CronosSettings,
  betas: [Double], log: (SolverMessage) -> Void = { _ in },
  progress: (IterationRecord) -> Bool = { _ in true }
) throws -> [TrainingResult] {
  precondition(!betas.isEmpty, "a path of no beta")
  for beta in betas {
    var settings = settings
    settings.beta = beta
    try settings.validate()
  }
  if let found = validation?.features.columns, found != data.features.columns {
    throw TrainingDataError.width(expected: data.features.columns, found: found)
  }
  let method = choose(settings, for: data, log: log)
  func run<S: BLASScalar>(_ type: S.Type) throws -> [TrainingResult] {
    let path = try BetaPath<S>(
      data: data, validation: validation, settings: settings, method: method)
    return try path.run(betas: betas, log: log, progress: progress)
  }
  guard settings.precision == .float32 else { return try run(Double.self) }
  do {
    return try run(Float.self)
  } catch let error as InaccurateSolve {
    log(.decision("\(error); repeating in float64"))
  } catch let error as LAPACKError where method == .direct {
    log(.decision("float32: \(error); repeating in float64"))
  }
  return try run(Double.self)
}

/// The method that is meant, never `auto`.
func choose(
  _ settings: CronosSettings, for data: LabelledEmbeddings, log: (SolverMessage) -> Void
) -> CronosSettings.Method {
  guard settings.method == .auto else { return settings.method }
  let choice = MethodChoice(
    samples: data.features.rows, dimension: data.features.columns, neurons: settings.neurons,
    classes: data.classes, iterations: settings.iterations,
    bytesPerElement: settings.precision == .float32 ? 4 : 8,
    availableMemory: MethodChoice.availableMemory)
  log(.decision("method \(choice.reason)"))
  return choice.method
}

/// The solves of one path in one precision.
private struct BetaPath<S: BLASScalar> {
  let workspace: Workspace<S>
  let settings: CronosSettings
  let classes: Int
  private let setupSeconds: Double
  private let setupFLOPs: Int

  init(
    data: LabelledEmbeddings, validation: LabelledEmbeddings?, settings: CronosSettings,
    method: CronosSettings.Method
  ) throws {
    let (start, flops) = (ContinuousClock.now, FLOPCounter.total)
    (self.settings, classes) = (settings, data.classes)
    workspace = try Workspace(
      data: data, validation: validation, settings: settings, method: method)
    (setupSeconds, setupFLOPs) = (
      (ContinuousClock.now - start).inSeconds, FLOPCounter.total - flops
    )
  }

  func run(
    betas: [Double], log: (SolverMessage) -> Void, progress: (IterationRecord) -> Bool
  ) throws -> [TrainingResult] {
    if settings.rho == .automatic {
      log(
        .decision(
          "rho auto: \(Float(workspace.penalty.rho)) on the cones, "
            + "\(Float(workspace.penalty.weight)) on the weights"))
    }
    var first = settings
    first.beta = betas[0]
    var admm = ADMM(workspace: workspace, settings: first)
    var results: [TrainingResult] = []
    for (index, beta) in betas.enumerated() {
      admm.program = workspace.program(beta: beta)
      let result = try solve(
        &admm, beta: beta, spentSeconds: index == 0 ? setupSeconds : 0,
        spentFLOPs: index == 0 ? setupFLOPs : 0, log: log, progress: progress)
      results.append(result)
      if result.status == .cancelled || result.status == .diverged { break }
    }
    return results
  }

  private func solve(
    _ admm: inout ADMM<S>, beta: Double, spentSeconds: Double, spentFLOPs: Int,
    log: (SolverMessage) -> Void, progress: (IterationRecord) -> Bool
  ) throws -> TrainingResult {
    let (start, flopsBefore) = (ContinuousClock.now, FLOPCounter.total)
    func elapsed() -> Double { spentSeconds + (ContinuousClock.now - start).inSeconds }
    var status = TrainingResult.Status.iterationLimit
    var trace: [IterationRecord] = []
    var delivered = (u: admm.u, v: admm.v, iteration: 0, accuracy: -Double.infinity)
    var quality: SolutionQuality?
    for iteration in 1...settings.iterations {
      let step = try admm.iterate()
      guard step.primalResidual.isFinite, step.coneResidual.isFinite else {
        status = .diverged
        break
      }
      if iteration == 1, let warning = shrinkageWarning(admm, step) { log(.warning(warning)) }
      let validation = workspace.validationScore(at: admm.v)
      let isBetter = (validation?.accuracy ?? 0) > delivered.accuracy
      if settings.iterate == .last || validation == nil || isBetter {
        delivered = (admm.u, admm.v, iteration, validation?.accuracy ?? 0)
      }
      let timeIsOver = settings.timeLimit.map { elapsed() >= $0 } ?? false
      let isLast = iteration == settings.iterations || timeIsOver
      let isDue = iteration.isMultiple(of: Self.checkInterval) || isLast
      let mayStop = settings.stopsAtTolerance && admm.primalHasConverged(step, settings)
      quality = isDue || mayStop ? admm.quality(improvingBound: isLast) : nil
      var isBestBound = isLast
      if let measured = quality, !isLast, admm.lacksOnlyBound(step, measured, settings) {
        quality = admm.improvingBound(of: measured)
        isBestBound = true
      }
      let record = IterationRecord(
        iteration: iteration, seconds: elapsed(), step: step,
        training: workspace.score(fit: admm.fit), validation: validation, quality: quality)
      trace.append(record)
      let goesOn = progress(record)
      if let measured = quality, admm.hasConverged(step, measured, settings) {
        status = .converged
        // What is reported at the end is the best bound, as at the last iteration.
        if !isBestBound { quality = admm.improvingBound(of: measured) }
        break
      }
      if timeIsOver || !goesOn {
        status = goesOn ? .timeLimit : .cancelled
        break
      }
    }
    var settings = settings
    settings.beta = beta
    let (u, v) = (workspace.restore(delivered.u), workspace.restore(delivered.v))
    return TrainingResult(
      head: ConvexHead(
        weights: v, classes: classes,
        gates: settings.model == .gatedReLU ? workspace.hyperplanes : nil), status: status,
      settings: settings,
      method: workspace.method, precision: S.self == Float.self ? .float32 : .float64,
      penalty: workspace.penalty, trace: trace, deliveredIteration: delivered.iteration,
      quality: status == .diverged ? nil : quality ?? admm.quality(),
      hyperplanes: workspace.hyperplanes, u: u.converted(), v: v.converted(),
      flops: spentFLOPs + FLOPCounter.total - flopsBefore, seconds: elapsed())
  }

  /// Settings under which no weight can leave zero in the iterations allowed: as long as v = 0, û + λ
  /// grows by about the same each iteration.
  private func shrinkageWarning(_ admm: ADMM<S>, _ step: ADMM<S>.Step) -> String? {
    let needed = (admm.shrinkage / step.largestColumn).rounded(.up)
    guard step.largestColumn > 0, needed > Double(settings.iterations) else { return nil }
    return
      "the head is heading for all zero: beta/rho shrinks weights by \(Float(admm.shrinkage)), the "
      + "largest is \(Float(step.largestColumn)) after one iteration, so that about \(Int(min(needed, 1e9))) "
      + "iterations are needed and \(settings.iterations) are allowed; raise cronos.rho or set it to "
      + "\"auto\", lower cronos.beta, or allow more cronos.admm_iters"
  }

  /// Iterations between two measurements of objective, bound and dual residual, which cost two
  /// thirds of an iteration.
  private static var checkInterval: Int { 25 }
}

extension IterationRecord {
  fileprivate init<S>(
    iteration: Int, seconds: Double, step: ADMM<S>.Step, training: Score, validation: Score?,
    quality: SolutionQuality?
  ) {
    self.init(
      iteration: iteration, seconds: seconds, trainLoss: training.loss,
      trainAccuracy: training.accuracy, validationLoss: validation?.loss,
      validationAccuracy: validation?.accuracy, primalResidual: step.primalResidual,
      coneResidual: step.coneResidual, dualResidual: step.dualResidual,
      linearSystem: step.linearSystem, quality: quality)
  }
}
