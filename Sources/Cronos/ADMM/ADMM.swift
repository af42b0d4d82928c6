import LinearAlgebra

/// The alternating direction method on the convex program, scaled form (solver.md §2):
///
///     u:  (I + FᵀF/ρ + GᵀG) u = FᵀY/ρ + (v − λ) + Gᵀ(s − ν)
///     v:  the proximal step of (β/ρ)·‖·‖₂ on each column of u + λ
///     s:  max(Gu + ν, 0)
///     λ += γ(u − v),   ν += γ(Gu − s)
///
/// Feng et al. 2024 (CRONOS), Algorithm 2. The program and the settings do not change in a solve.
struct ADMM<S: BLASScalar> {
  let program: ConvexProgram<S>
  let rho, gamma: Double
  private var system: any LinearSystem<S>
  private(set) var u, v, lambda: BlockPair<S>
  private(set) var coneV, coneW: ConeState<S>
  /// FᵀY/ρ of the v half; the w half is its negative.
  private let fitTarget: Matrix<S>
  private var products: Matrix<S>

  init(program: ConvexProgram<S>, settings: CronosSettings, system: any LinearSystem<S>) {
    (self.program, self.system) = (program, system)
    (rho, gamma) = (settings.rho, settings.gammaRatio)
    let columns = program.classes * program.neurons
    u = BlockPair(rows: program.dimension, columns: columns)
    (v, lambda) = (u, u)
    coneV = ConeState(samples: program.samples, columns: columns, gammaRatio: gamma)
    coneW = coneV
    products = Matrix(rows: program.samples, columns: columns)
    var target = program.applyFTransposed(program.targets)
    let inverse = S(1 / settings.rho)
    target.apply { $0 * inverse }
    fitTarget = target
  }

  /// What one iteration measured.
  struct Step {
    var fit: Matrix<S>
    var linearSystem: LinearSolveReport
    var primalResidual, coneResidual, dualResidual: Double
  }

  mutating func iterate() throws -> Step {
    let report = try updateU()
    let (fit, coneResidual) = updateSlacks()
    let (primal, dual) = updateVAndDual()
    return Step(
      fit: fit, linearSystem: report, primalResidual: primal, coneResidual: coneResidual,
      dualResidual: dual)
  }

  private mutating func updateU() throws -> LinearSolveReport {
    var rightHandSide = v
    rightHandSide.add(-1, lambda)
    rightHandSide.v.combine(fitTarget) { a, b in a + b }
    rightHandSide.w.combine(fitTarget) { a, b in a - b }
    coneV.signedDifference(active: program.active, into: &products)
    gemm(program.features, products, into: &rightHandSide.v, transposeA: true, beta: 1)
    coneW.signedDifference(active: program.active, into: &products)
    gemm(program.features, products, into: &rightHandSide.w, transposeA: true, beta: 1)
    let solved = try system.solve(rightHandSide, from: u)
    u = solved.u
    return solved.report
  }

  /// Updates s and ν; returns `F u` `[n, C]` and ‖Gu − s‖.
  private mutating func updateSlacks() -> (fit: Matrix<S>, residual: Double) {
    gemm(program.features, u.v, into: &products)
    var fit = PatternKernels.sumActive(products, minus: nil, active: program.active)
    let first = coneV.update(product: products, active: program.active)
    gemm(program.features, u.w, into: &products)
    let negative = PatternKernels.sumActive(products, minus: nil, active: program.active)
    fit.combine(negative) { a, b in a - b }
    let second = coneW.update(product: products, active: program.active)
    return (fit, (first.residual + second.residual).squareRoot())
  }

  /// Updates v and λ; returns ‖u − v‖ and ρ‖v − v_previous‖.
  private mutating func updateVAndDual() -> (primal: Double, dual: Double) {
    var change = v
    v = u
    v.add(1, lambda)
    v.v.shrinkColumns(by: program.beta / rho)
    v.w.shrinkColumns(by: program.beta / rho)
    change.add(-1, v)
    var difference = u
    difference.add(-1, v)
    lambda.add(S(gamma), difference)
    return (Double(difference.norm), rho * Double(change.norm))
  }
}
