import LinearAlgebra

/// The lower bound of the iterate at hand (docs/solver.md §5).
///
/// Any z and μ ≥ 0 with ‖(Fᵀz − Gᵀμ)_j‖ ≤ β for every column j prove that no feasible point of the
/// class lies below −½‖z‖² − zᵀy. Here z = Fu − y and μ = −ρν, scaled by
/// c = min(1/τ, −zᵀy/‖z‖²) with τ = max_j ‖(Fᵀz − Gᵀμ)_j‖/β.
extension ADMM {
  /// - Parameter improved: looks for a better μ where that can pay: see `DualImprovement`.
  func dualQuality(improved: Bool) -> (lowerBound: Double, stationarityResidual: Double) {
    var residual = fit
    residual.combine(program.targets) { a, b in a - b }
    var fitGradient = BlockPair<S>(rows: program.dimension, columns: u.columns)
    fitGradient.addOpposites(1, program.applyFTransposed(residual))
    let dual = cone?.signedDual(scale: S(-penalty.rho), active: program.active)
    var gradient = fitGradient.both
    if let dual { program.multiplyTransposed(dual, into: &gradient, alpha: -1, beta: 1) }
    var norms = program.communicator.fromRoot(gradient.columnNorms())
    axpy(S(penalty.weight), lambda.both, into: &gradient)
    let stationarity = gradient.norm
    let largest = norms.max() ?? 0
    if improved, let dual, largest > program.beta,
      largest <= DualImprovement<S>.reach * program.beta,
      let improvement = try? DualImprovement(program: program, gram: gram)
    {
      norms = improvement.norms(fitGradient: fitGradient.both, signedDual: dual)
    }
    return (lowerBound(residual: residual, columnNorms: norms), Double(stationarity))
  }

  /// The sum over classes of −½c²‖z‖² − c·zᵀy.
  /// - Parameter columnNorms: ‖(Fᵀz − Gᵀμ)_j‖ of both halves, `[2·C·P]`.
  private func lowerBound(residual: Matrix<S>, columnNorms: [Double]) -> Double {
    let (p, squares) = (program.neurons, program.squaredColumnSums(residual))
    var correlations = [Double](repeating: 0, count: program.classes)
    for i in 0..<program.samples {
      for c in 0..<program.classes {
        correlations[c] += Double(residual[i, c]) * Double(program.targets[i, c])
      }
    }
    correlations = program.communicator.sum(correlations)
    var bound = 0.0
    for c in 0..<program.classes where squares[c] > 0 {
      let halves = [c, c + program.classes].map { columnNorms[($0 * p)..<(($0 + 1) * p)] }
      let largest = halves.joined().max() ?? 0
      let feasible = largest > 0 ? program.beta / largest : .infinity
      let scale = max(0, min(feasible, -correlations[c] / squares[c]))
      bound += -scale * scale * squares[c] / 2 - scale * correlations[c]
    }
    return bound
  }
}

/// A better μ ≥ 0 for a fixed z: for each column the non-negative least-squares problem
///
///     minimise ‖g − Aᵀμ‖  over μ ≥ 0,   g = (Fᵀz)_j,  A = Eⱼ X
///
/// by the method of multipliers (Rockafellar 1976) on its dual, min ½‖r − g‖² subject to A·r ≤ 0: μ ← max(μ + σAr, 0).
/// Each inner problem is minimised by accelerated gradient steps (Beck & Teboulle 2009) in the metric I + σK, which bounds
/// its curvature as E² = 1. All columns go through the same products; any μ ≥ 0 gives a valid
/// bound, so that each column keeps the best that it saw.
struct DualImprovement<S: BLASScalar> {
  private let program: ConvexProgram<S>
  /// (I + σK)⁻¹.
  private let inverseMetric: ShiftedGramInverse<S>
  private let sigma: S

  /// Above this τ the steps were seen to close no gap: z is not good enough yet.
  static var reach: Double { 4 }
  private static var outerSteps: Int { 4 }
  private static var innerSteps: Int { 5 }

  /// - Parameter gram: K of the program's features.
  /// - Throws: `LAPACKError.notConverged`.
  init(program: ConvexProgram<S>, gram: FeatureGram) throws(LAPACKError) {
    self.program = program
    let step = 1 / max(gram.meanEigenvalue, .leastNormalMagnitude)
    sigma = S(step)
    inverseMetric = try ShiftedGramInverse(gram, shift: 1, scale: step)
  }

  /// The least ‖g − Aᵀμ‖ seen for each column of both halves, `[2·C·P]`.
  /// - Parameters:
  ///   - fitGradient: g, `[d, 2·C·P]`.
  ///   - signedDual: E∘μ to start from, `[n, 2·C·P]`.
  func norms(fitGradient: Matrix<S>, signedDual: Matrix<S>) -> [Double] {
    var start = signedDual
    var residual = misfit(fitGradient, start)
    var best = residual.columnNorms()
    for _ in 0..<Self.outerSteps {
      let before = best.max() ?? 0
      var (point, advanced) = (residual, residual)
      var momentum = 1.0
      var (shifted, dual) = (start, start)
      for _ in 0..<Self.innerSteps {
        shifted = start
        program.rows.multiply(advanced, into: &shifted, alpha: sigma, beta: 1)
        // E∘max(E∘x, 0): what has the pattern's sign stays.
        PatternKernels.map(shifted, active: program.active, into: &dual) { x, d in
          d > 0 ? max(x, 0) : min(x, 0)
        }
        residual = misfit(fitGradient, dual)
        best = zip(best, residual.columnNorms()).map { min($0, $1) }
        var next = advanced
        next.combine(residual) { y, r in r - y }
        next = inverseMetric(next)
        next.combine(advanced) { step, y in y + step }
        let following = (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
        let inertia = S((momentum - 1) / following)
        advanced = next
        advanced.combine(point) { new, old in new + inertia * (new - old) }
        (point, momentum) = (next, following)
      }
      start = dual
      best = program.communicator.fromRoot(best)
      let now = best.max() ?? 0
      if now <= program.beta || now > 0.9 * before { break }
    }
    return best
  }

  /// g − Xᵀ(E∘μ), `[d, 2·C·P]`.
  private func misfit(_ fitGradient: Matrix<S>, _ signedDual: Matrix<S>) -> Matrix<S> {
    var residual = fitGradient
    program.multiplyTransposed(signedDual, into: &residual, alpha: -1, beta: 1)
    return residual
  }
}
