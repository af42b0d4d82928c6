import LinearAlgebra

/// The alternating direction method on the convex program, scaled form (docs/solver.md §2), with
/// penalty ρ on Gu = s and κρ on u = v, and over-relaxation α (Boyd et al. 2011, §3.4.3):
///
///     u:  (κI + FᵀF/ρ + GᵀG) u = FᵀY/ρ + κ(v − λ) + Gᵀ(s − ν)
///     û = αu + (1 − α)v,   ĝ = αGu + (1 − α)s
///     v:  the proximal step of (β/κρ)·‖·‖₂ on each column of û + λ
///     s:  max(ĝ + ν, 0)
///     λ += γ(û − v),   ν += γ(ĝ − s)
///
/// `BetaPath.solve` is the loop. As published: κ = α = 1. A program without cones has neither s nor ν, and no G.
/// Feng et al. 2024 (CRONOS), Algorithm 2. The program and the settings do not change in a solve.
struct ADMM<S: BLASScalar> {
  /// Replaced between the solves of a β path; only β differs then.
  var program: ConvexProgram<S>
  let penalty: Penalty
  private(set) var gamma: Double
  let relaxation: Double
  private var system: any LinearSystem<S>
  private(set) var u, v, lambda: BlockPair<S>
  /// nil for a program without cones.
  private(set) var cone: ConeState<S>?
  /// Fu, `[n, C]`.
  private(set) var fit: Matrix<S>
  /// K of the program's features.
  let gram: FeatureGram
  /// X·u of both halves, `[n, 2·C·P]`; none without cones, and between `forgetImage` and `updateSlacks`.
  private var image = Matrix<S>(rows: 0, columns: 0)
  /// Whether other solves have the same cone.
  private var sharesCone = false
  /// Whether another solver may hold the same image.
  private var sharesImage = false
  private let scratch: ScratchMemory<S>
  private let fitOperator: FitOperator<S>

  init(
    program: ConvexProgram<S>, penalty: Penalty, settings: CronosSettings, relaxation: Double,
    system: any LinearSystem<S>, gram: FeatureGram, scratch: ScratchMemory<S> = ScratchMemory()
  ) {
    (self.program, self.system, self.penalty) = (program, system, penalty)
    (self.gram, self.scratch) = (gram, scratch)
    fitOperator = FitOperator(program: program, scratch: scratch)
    fit = Matrix(rows: program.samples, columns: program.classes)
    (gamma, self.relaxation) = (settings.gammaRatio, relaxation)
    let columns = program.classes * program.neurons
    u = BlockPair(rows: program.dimension, columns: columns)
    (v, lambda) = (u, u)
    if program.hasCones {
      cone = ConeState(
        samples: program.samples, columns: 2 * columns, gammaRatio: gamma, relaxation: relaxation)
    }
    if let cone { image = Matrix(rows: cone.t.rows, columns: cone.t.columns) }
  }

  /// What one iteration measured.
  struct Step {
    var linearSystem: LinearSolveReport
    /// ‖u − v‖ and ‖Gu − s‖.
    var primalResidual, coneResidual: Double
    /// κρ‖v − v_previous‖.
    var dualResidual: Double
    /// max(‖u‖, ‖v‖)² + max(‖Gu‖, ‖s‖)², square root: what the primal residuals compare with.
    var primalScale: Double
    /// max(‖Gu‖, ‖s‖).
    var imageNorm: Double
    /// The largest column before it was shrunk by `shrinkage`.
    var largestColumn: Double
  }

  mutating func iterate() throws -> Step {
    let report = try updateU()
    let (cones, weights) = (updateSlacks(), updateVAndDual())
    let agreed = program.communicator.fromRoot([
      weights.primal, weights.dual, weights.scale, weights.largest,
    ])
    return Step(
      linearSystem: report, primalResidual: agreed[0],
      coneResidual: cones.residual.squareRoot(), dualResidual: agreed[1],
      primalScale: (cones.scale + agreed[2]).squareRoot(), imageNorm: cones.scale.squareRoot(),
      largestColumn: agreed[3])
  }

  /// The first half of the first iteration: u, s, ν and Fu. Nothing of it depends on β.
  mutating func open() throws {
    _ = try updateU()
    _ = updateSlacks()
  }

  /// Takes another β and γ after `open`, on which they act only here: s and ν were zero before, so that ν is
  /// γ·min(αGu, 0) now.
  mutating func adopt(_ program: ConvexProgram<S>, gammaRatio: Double) {
    (self.program, gamma) = (program, gammaRatio)
    cone?.restart(gammaRatio: gammaRatio)
    (sharesCone, sharesImage) = (true, true)
  }

  /// Gives the memory of X·u back, which `updateSlacks` needs anew before the next `updateU`.
  mutating func forgetImage() {
    if !sharesImage { scratch.give(image) }
    (image, sharesImage) = (Matrix(rows: 0, columns: 0), false)
  }

  /// Takes the iterates of another process, and what its linear system kept.
  /// - Parameter matrices: those of `matrices`, of the same program and settings.
  /// - Returns: false where one is missing or has another shape.
  mutating func restore(_ matrices: [String: Matrix<S>], memory: [Double]) -> Bool {
    func fits(_ name: String, _ wanted: Matrix<S>) -> Bool {
      matrices[name]?.shape == wanted.shape
    }
    guard self.matrices.allSatisfy(fits), memory.count == system.memory.count,
      [nil, cone?.t.shape].contains(matrices["nu"]?.shape),
      let u = matrices["u"], let v = matrices["v"], let lambda = matrices["lambda"]
    else { return false }
    (self.u, self.v) = (BlockPair(both: u), BlockPair(both: v))
    self.lambda = BlockPair(both: lambda)
    if let t = matrices["cone"] { cone?.restore(t, dual: matrices["nu"]) }
    system.memory = memory
    // By the same products as in an iteration, so that they have the same bits.
    updateImage()
    return true
  }

  var systemMemory: [Double] { system.memory }

  mutating func updateU() throws -> LinearSolveReport {
    try scratch.lend(rows: u.rows, columns: 2 * u.columns) { sum in
      try sum.withHalves { b in
        writeRightHandSide(into: &b)
        let report = try system.solve(&b)
        if system.solvesForStep {
          u.add(1, b)
        } else {
          swap(&u, &b)
        }
        return report
      }
    }
  }

  /// b = FᵀY/ρ + κ(v − λ) + Gᵀ(s − ν), or b − Au where the system solves for the step:
  ///
  ///     Xᵀ(±D∘(Y − Fu)/ρ + E∘(s − ν) − Xu) + κ(v − λ − u)
  private func writeRightHandSide(into b: inout BlockPair<S>) {
    b.both.copyElements(of: v.both)
    b.add(-1, lambda)
    var misfit = scratch.take(rows: fit.rows, columns: fit.columns)
    defer { scratch.give(misfit) }
    misfit.copyElements(of: program.targets)
    if system.solvesForStep {
      b.add(-1, u)
      misfit.combine(fit) { y, f in y - f }
    }
    let (kappa, scale) = (S(penalty.weightRatio), 1 / S(penalty.rho))
    guard let cone else {
      b.both.apply { kappa * $0 }
      scratch.lend(rows: u.rows, columns: u.columns) { gradient in
        fitOperator.multiplyTransposed(misfit, into: &gradient)
        b.addOpposites(scale, gradient)
      }
      return
    }
    scratch.lend(rows: image.rows, columns: image.columns) { products in
      cone.spread(
        misfit, scale: scale, image: image, imageScale: system.solvesForStep ? 1 : 0,
        active: program.active, into: &products)
      program.multiplyTransposed(products, into: &b.both, beta: kappa)
    }
  }

  /// Updates s, ν and Fu; returns ‖Gu − s‖² and max(‖Gu‖, ‖s‖)².
  mutating func updateSlacks() -> (residual: Double, scale: Double) {
    updateImage()
    if sharesCone { cone?.detach() }
    sharesCone = false
    guard let own = cone?.update(product: image, active: program.active) else { return (0, 0) }
    let sums = program.communicator.sum([own.residual, own.image, own.slack])
    return (sums[0], max(sums[1], sums[2]))
  }

  /// Xu of both halves, and Fu.
  private mutating func updateImage() {
    guard let cone else {
      scratch.lend(rows: u.rows, columns: u.columns) { difference in
        u.subtractHalves(into: &difference)
        fitOperator.multiply(difference, into: &fit)
      }
      return
    }
    if sharesImage || image.shape != cone.t.shape {
      image = scratch.take(rows: cone.t.rows, columns: cone.t.columns)
      sharesImage = false
    }
    program.rows.multiply(u.both, into: &image)
    scratch.lend(rows: fit.rows, columns: 2 * fit.columns) { sums in
      PatternKernels.sumActive(image, active: program.active, into: &sums)
      sums.withHalves { $0.subtractHalves(into: &fit) }
    }
  }

  /// β/(κρ): columns of û + λ below it become zero.
  var shrinkage: Double { program.beta / penalty.weight }

  /// Updates v and λ; returns ‖u − v‖, κρ‖v − v_previous‖, max(‖u‖, ‖v‖)² and max_j ‖(û + λ)_j‖.
  mutating func updateVAndDual() -> (
    primal: Double, dual: Double, scale: Double, largest: Double
  ) {
    let step = ProximalStep(
      shrinkage: shrinkage, relaxation: S(relaxation), gamma: S(gamma))
    let sums = scratch.lend(rows: u.rows, columns: 2 * u.columns) { target in
      step.update(u: u.both, v: &v.both, dual: &lambda.both, target: &target)
    }
    return (
      sums.primal.squareRoot(), penalty.weight * sums.change.squareRoot(), max(sums.u, sums.v),
      sums.largest
    )
  }
}

extension ADMM {
  /// Whether ‖(u − v, Gu − s)‖ is below `eps_abs·√size + eps_rel·scale` (Boyd et al. 2011, §3.3.1).
  func primalHasConverged(_ step: Step, _ settings: CronosSettings) -> Bool {
    let residual =
      (step.primalResidual * step.primalResidual + step.coneResidual * step.coneResidual)
      .squareRoot()
    let rows = program.dimension + (program.hasCones ? program.totalSamples : 0)
    let size = 2 * rows * program.classes * program.neurons
    return residual
      <= settings.absoluteTolerance * Double(size).squareRoot()
      + settings.relativeTolerance * step.primalScale
  }

  /// Whether both residuals are below their tolerances, or the gap is.
  func hasConverged(_ step: Step, _ quality: SolutionQuality, _ settings: CronosSettings) -> Bool {
    let bothResiduals =
      settings.stopsAtTolerance && primalHasConverged(step, settings)
      && dualHasConverged(quality, settings)
    let gap =
      isNearCones(step, quality, settings)
      && abs(quality.relativeGap) <= settings.gapTolerance
    return bothResiduals || gap
  }

  /// Whether the gap may end the solve but for the bound, which is still too low.
  func lacksOnlyBound(
    _ step: Step, _ quality: SolutionQuality, _ settings: CronosSettings
  ) -> Bool {
    isNearCones(step, quality, settings) && quality.relativeGap > settings.gapTolerance
  }

  /// A v outside the cones may lie below every feasible point: its gap proves nothing.
  private func isNearCones(
    _ step: Step, _ quality: SolutionQuality, _ settings: CronosSettings
  ) -> Bool {
    settings.gapTolerance > 0
      && quality.coneViolation <= settings.gapTolerance * step.imageNorm
  }

  /// Whether the stationarity residual is below `eps_abs·√size + eps_rel·‖FᵀY‖`: FᵀY is the gradient
  /// at zero.
  private func dualHasConverged(_ quality: SolutionQuality, _ settings: CronosSettings) -> Bool {
    let size = 2 * program.dimension * program.classes * program.neurons
    let halfGradient = Double(program.applyFTransposed(program.targets).norm)
    return quality.stationarityResidual
      <= settings.absoluteTolerance * Double(size).squareRoot()
      + settings.relativeTolerance * Double(2).squareRoot() * halfGradient
  }
}
