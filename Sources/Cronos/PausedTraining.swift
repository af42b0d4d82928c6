import LinearAlgebra

/// A training of a `TrainingPool` that goes as many iterations as it is told, and further later.
public struct PausedTraining {
  /// How far it is.
  public struct Standing: Sendable, Equatable {
    /// Iterations done.
    public var iterations: Int
    /// `iterationLimit` also where it may go further.
    public var status: TrainingResult.Status
  }

  public let settings: CronosSettings
  /// Seconds that `advance` took, a system that others share included where it was made for this one.
  public private(set) var seconds = 0.0
  private let pool: TrainingPool
  private var solver = Solver.fresh

  private enum Solver {
    case fresh
    case single(Steps<Float>)
    case double(Steps<Double>)
    /// Settings that may stop early go through `trainConvexHead` from the start each time.
    case whole(TrainingResult)
  }

  init(settings: CronosSettings, pool: TrainingPool) {
    (self.settings, self.pool) = (settings, pool)
  }

  /// nil before the first iteration.
  public var standing: Standing? {
    switch solver {
    case .fresh: nil
    case .single(let steps): steps.standing
    case .double(let steps): steps.standing
    case .whole(let result):
      Standing(iterations: result.trace.count, status: result.status)
    }
  }

  /// The head at hand, nil before the first iteration.
  public var head: ConvexHead? {
    switch solver {
    case .fresh: nil
    case .single(let steps): steps.head(classes: pool.classes)
    case .double(let steps): steps.head(classes: pool.classes)
    case .whole(let result): result.head
    }
  }

  /// The sampled hyperplanes, nil before the first iteration.
  public var hyperplanes: Matrix<Float>? {
    switch solver {
    case .fresh: nil
    case .single(let steps): steps.workspace.hyperplanes
    case .double(let steps): steps.workspace.hyperplanes
    case .whole(let result): result.hyperplanes
    }
  }

  /// The method in use, never `auto`; nil before the first iteration.
  public var method: CronosSettings.Method? {
    switch solver {
    case .fresh: nil
    case .single(let steps): steps.workspace.method
    case .double(let steps): steps.workspace.method
    case .whole(let result): result.method
    }
  }

  /// Objective, bound and gap of the last iterate: at least two products of all samples with all columns of both halves.
  public func quality() -> SolutionQuality? {
    switch solver {
    case .fresh: nil
    case .single(let steps): steps.quality
    case .double(let steps): steps.quality
    case .whole(let result): result.quality
    }
  }

  /// Goes on until `iterations` are done in all, or as many as the settings allow.
  /// - Returns: false where it was cancelled on the way; it may then be advanced again.
  /// - Throws: `LAPACKError`.
  public mutating func advance(
    to iterations: Int, isCancelled: () -> Bool = { false }
  ) throws -> Bool {
    let start = ContinuousClock.now
    defer { seconds += (ContinuousClock.now - start).inSeconds }
    let target = min(iterations, settings.iterations)
    guard settings.runsToTheEnd else { return try runWhole(target, isCancelled) }
    if case .fresh = solver { try begin() }
    do {
      return try step(target, isCancelled)
    } catch let failure as SinglePrecisionFailure {
      pool.refuseSingle(settings, because: failure)
    }
    try begin()
    return try step(target, isCancelled)
  }

  private mutating func begin() throws {
    switch try pool.start(settings) {
    case .single(let entry): solver = .single(Steps(entry, settings))
    case .double(let entry): solver = .double(Steps(entry, settings))
    }
  }

  private mutating func step(_ target: Int, _ isCancelled: () -> Bool) throws -> Bool {
    switch solver {
    case .fresh, .whole: return true
    case .single(var steps):
      solver = .fresh  // so that nothing is copied
      defer { solver = .single(steps) }
      return try steps.advance(to: target, isCancelled)
    case .double(var steps):
      solver = .fresh
      defer { solver = .double(steps) }
      return try steps.advance(to: target, isCancelled)
    }
  }

  private mutating func runWhole(_ target: Int, _ isCancelled: () -> Bool) throws -> Bool {
    if case .whole(let result) = solver, result.settings.iterations >= target { return true }
    var settings = settings
    settings.iterations = target
    let result = try pool.whole(settings, isCancelled: isCancelled)
    guard result.status != .cancelled else { return false }
    solver = .whole(result)
    return true
  }
}

/// The iterations of one training in one precision.
private struct Steps<S: BLASScalar> {
  let workspace: Workspace<S>
  private(set) var admm: ADMM<S>
  private let settings: CronosSettings
  private var iterations = 0
  /// Whether s, ν and Fu are still those of the iteration before: only a next one needs them, and many
  /// trainings have none.
  private var owesSlacks = false
  private var hasDiverged = false
  /// The v that is delivered, where it is not the last one.
  private var delivered: BlockPair<S>?
  private var bestAccuracy = -Double.infinity

  init(_ entry: SystemCache<S>.Entry, _ settings: CronosSettings) {
    (workspace, self.settings) = (entry.workspace, settings)
    admm = entry.admm
    admm.adopt(workspace.program(beta: settings.beta), gammaRatio: settings.gammaRatio)
  }

  var standing: PausedTraining.Standing? {
    guard iterations > 0 else { return nil }
    return .init(iterations: iterations, status: hasDiverged ? .diverged : .iterationLimit)
  }

  var quality: SolutionQuality {
    var admm = admm
    if owesSlacks { _ = admm.updateSlacks() }
    return admm.quality(improvingBound: true)
  }

  func head(classes: Int) -> ConvexHead? {
    guard iterations > 0 else { return nil }
    return ConvexHead(
      weights: workspace.restore(delivered ?? admm.v), classes: classes,
      gates: settings.model == .gatedReLU ? workspace.hyperplanes : nil)
  }

  mutating func advance(to target: Int, _ isCancelled: () -> Bool) throws -> Bool {
    while iterations < target, !hasDiverged {
      if isCancelled() { return false }
      if owesSlacks { _ = admm.updateSlacks() }
      // The first one has been opened.
      if iterations > 0 {
        _ = try admm.updateU()
        admm.forgetImage()
        owesSlacks = true
      }
      iterations += 1
      updateVAndDual()
      guard !hasDiverged, settings.iterate == .bestValidation,
        let accuracy = workspace.validationScore(at: admm.v)?.accuracy, accuracy > bestAccuracy
      else { continue }
      (delivered, bestAccuracy) = (admm.v, accuracy)
    }
    return true
  }

  /// Where numbers are not finite any more, the v before is delivered.
  private mutating func updateVAndDual() {
    workspace.scratch.lend(rows: admm.v.rows, columns: 2 * admm.v.columns) { before in
      before.copyElements(of: admm.v.both)
      // Where Gu is not finite, u is not.
      hasDiverged = !admm.updateVAndDual().primal.isFinite
      if hasDiverged, delivered == nil { delivered = BlockPair(both: before) }
    }
  }
}
