import LinearAlgebra
import TensorFiles

/// The solves of one path in one precision.
struct BetaPath<S: BLASScalar> {
  let workspace: Workspace<S>
  let settings: CronosSettings
  let classes: Int
  private let setupSeconds: Double
  private let setupFLOPs: Int

  init(
    data: LabelledEmbeddings, validation: LabelledEmbeddings?, settings: CronosSettings,
    method: CronosSettings.Method, communicator: any RowCommunicator
  ) throws {
    let (start, flops) = (ContinuousClock.now, FLOPCounter.total)
    (self.settings, classes) = (settings, data.classes)
    workspace = try Workspace(
      data: data, validation: validation, settings: settings, method: method,
      communicator: communicator)
    (setupSeconds, setupFLOPs) = (
      (ContinuousClock.now - start).inSeconds, FLOPCounter.total - flops
    )
  }

  /// - Parameters:
  ///   - resumed: a state of the first β's solve to go on from.
  ///   - store: where states are kept; for one β only.
  func run(
    betas: [Double], from resumed: SolverState<S>?, keeping store: SolverCheckpoint.Store?,
    log: (SolverMessage) -> Void, progress: (IterationRecord) -> Bool
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
        &admm, beta: beta, from: index == 0 ? resumed : nil, keeping: store,
        spentSeconds: index == 0 ? setupSeconds : 0, spentFLOPs: index == 0 ? setupFLOPs : 0,
        log: log, progress: progress)
      results.append(result)
      if result.status == .cancelled || result.status == .diverged { break }
    }
    return results
  }

  private func solve(
    _ admm: inout ADMM<S>, beta: Double, from resumed: SolverState<S>?,
    keeping store: SolverCheckpoint.Store?, spentSeconds: Double, spentFLOPs: Int,
    log: (SolverMessage) -> Void, progress: (IterationRecord) -> Bool
  ) throws -> TrainingResult {
    let (start, flopsBefore) = (ContinuousClock.now, FLOPCounter.total)
    let spentSeconds = spentSeconds + (resumed?.seconds ?? 0)
    let spentFLOPs = spentFLOPs + (resumed?.flops ?? 0)
    func elapsed() -> Double { spentSeconds + (ContinuousClock.now - start).inSeconds }
    func operations() -> Int { spentFLOPs + FLOPCounter.total - flopsBefore }
    let communicator = workspace.communicator
    var status = TrainingResult.Status.iterationLimit
    var trace: [IterationRecord] = []
    var delivered = Delivered(u: admm.u, v: admm.v, iteration: 0, accuracy: -.infinity)
    var quality: SolutionQuality?
    var saysTolerance = true
    if let resumed {
      delivered = try restore(resumed, into: &admm, from: store)
      trace = resumed.trace
      log(.decision("going on after iteration \(resumed.iteration), from its checkpoint"))
      for record in trace { _ = progress(record) }
    }
    func keep(_ iteration: Int) throws {
      try store?.write(
        state(admm, delivered, iteration, trace, seconds: elapsed(), flops: operations()))
    }
    for iteration in ((resumed?.iteration ?? 0) + 1)...settings.iterations {
      let step = try admm.iterate()
      guard step.primalResidual.isFinite, step.coneResidual.isFinite else {
        status = .diverged
        break
      }
      if iteration == 1, let warning = shrinkageWarning(admm, step) { log(.warning(warning)) }
      if saysTolerance, step.linearSystem.isAboveTolerance == true {
        saysTolerance = false
        log(.warning(toleranceWarning(step.linearSystem, iteration)))
      }
      let validation = workspace.validationScore(at: admm.v)
      let isBetter = (validation?.accuracy ?? 0) > delivered.accuracy
      if settings.iterate == .last || validation == nil || isBetter {
        delivered.take(admm, iteration: iteration, accuracy: validation?.accuracy ?? 0)
      }
      let timeIsOver =
        communicator.fromRoot([settings.timeLimit.map { elapsed() >= $0 ? 1 : 0 } ?? 0])[0] > 0
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
      let goesOn = !communicator.any(!progress(record))
      if let measured = quality, admm.hasConverged(step, measured, settings) {
        status = .converged
        // What is reported at the end is the best bound, as at the last iteration.
        if !isBestBound { quality = admm.improvingBound(of: measured) }
        break
      }
      if timeIsOver || !goesOn {
        status = goesOn ? .timeLimit : .cancelled
        if !goesOn, iteration < settings.iterations { try keep(iteration) }
        break
      }
      if let store, iteration.isMultiple(of: store.interval), !isLast { try keep(iteration) }
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
      flops: communicator.sum(operations()), seconds: communicator.fromRoot([elapsed()])[0])
  }

  /// The iterate that is delivered as things stand.
  private struct Delivered {
    var u, v: BlockPair<S>
    var iteration: Int
    var accuracy: Double

    /// In memory of its own, which is kept, so that the next iteration writes in place.
    mutating func take(_ admm: ADMM<S>, iteration: Int, accuracy: Double) {
      u.both.copyElements(of: admm.u.both)
      v.both.copyElements(of: admm.v.both)
      (self.iteration, self.accuracy) = (iteration, accuracy)
    }
  }

  private func state(
    _ admm: ADMM<S>, _ delivered: Delivered, _ iteration: Int, _ trace: [IterationRecord],
    seconds: Double, flops: Int
  ) -> SolverState<S> {
    var matrices = admm.matrices
    if delivered.iteration != iteration {
      matrices["delivered.u"] = delivered.u.both
      matrices["delivered.v"] = delivered.v.both
    }
    return SolverState(
      iteration: iteration, matrices: matrices, memory: admm.systemMemory,
      deliveredIteration: delivered.iteration, deliveredAccuracy: delivered.accuracy, trace: trace,
      seconds: seconds, flops: flops)
  }

  /// - Throws: `TensorFileError` for a checkpoint that is not of this program.
  private func restore(
    _ state: SolverState<S>, into admm: inout ADMM<S>, from store: SolverCheckpoint.Store?
  ) throws -> Delivered {
    let m = state.matrices
    let fits = admm.restore(m, memory: state.memory)
    return try workspace.communicator.together {
      guard fits else {
        throw TensorFileError.malformed(
          path: store?.folder ?? "", reason: "its checkpoint is not of this program; remove it")
      }
      var delivered = Delivered(
        u: admm.u, v: admm.v, iteration: state.deliveredIteration,
        accuracy: state.deliveredAccuracy)
      if let u = m["delivered.u"], let v = m["delivered.v"] {
        (delivered.u, delivered.v) = (BlockPair(both: u), BlockPair(both: v))
      }
      return delivered
    }
  }

  private func toleranceWarning(_ solve: LinearSolveReport, _ iteration: Int) -> String {
    "the linear system of iteration \(iteration) is solved to \(Float(solve.relativeResidual)) only, in "
      + "\(solve.steps) steps; raise cronos.pcg_iters, cronos.pcg_tolerance or cronos.rho"
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

  /// Iterations between two measurements of objective, bound and dual residual, which cost most of
  /// an iteration.
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
