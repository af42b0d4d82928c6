import LinearAlgebra

/// `A u = κu + FᵀF u/ρ + GᵀG u`, without the last term where the program has no cones.
///
/// As Eᵢ² = I, GᵀG is K = XᵀX on every column (docs/solver.md §3): no product with all samples is
/// needed for it.
struct UOperator<S: BLASScalar>: Sendable {
  let program: ConvexProgram<S>
  let rho, kappa: S
  /// K = XᵀX, `[d, d]`, summed in float64; nil without cones.
  let gram: Matrix<S>?

  /// - Parameter gram: the lower triangle of K, `[d, d]`.
  init(program: ConvexProgram<S>, penalty: Penalty, gram: Matrix<Double>) {
    (self.program, rho, kappa) = (program, S(penalty.rho), S(penalty.weightRatio))
    guard program.hasCones else {
      self.gram = nil
      return
    }
    var k = gram
    k.mirrorLowerTriangle()
    self.gram = k.converted()
  }

  func callAsFunction(_ u: BlockPair<S>) -> BlockPair<S> {
    var result = u
    if let gram {
      gemm(gram, u.both, into: &result.both, beta: kappa)
    } else {
      result.both.apply { $0 * kappa }
    }
    result.addOpposites(1 / rho, program.applyFTransposed(program.applyF(u)))
    return result
  }
}
