import LinearAlgebra

/// Solves the u-system `(κI + FᵀF/ρ + GᵀG) u = b` of an ADMM iteration (docs/solver.md §3); without cones
/// there is no G.
protocol LinearSystem<Scalar> {
  associatedtype Scalar: BLASScalar

  /// Whether the right-hand side is b − Au, with the u of the iteration before, and the solution the
  /// step from it: rounding is then relative to the step, which goes to zero, and each solve corrects
  /// the one before. Otherwise it is b, and the solution is u.
  var solvesForStep: Bool { get }

  /// What earlier solves leave for later ones, besides their solutions: with it a solve goes on in another
  /// process as it would have in this one.
  var memory: [Double] { get set }

  /// The solution for a right-hand side, and how well it solves the system.
  mutating func solve(
    _ rightHandSide: BlockPair<Scalar>
  ) throws -> (solution: BlockPair<Scalar>, report: LinearSolveReport)
}

extension LinearSystem {
  /// Nothing.
  var memory: [Double] {
    get { [] }
    set {}
  }
}

/// What a linear solve did.
public struct LinearSolveReport: Sendable, Equatable, Codable {
  /// Conjugate-gradient steps; 0 for a factorisation.
  public var steps: Int
  /// ‖r − Ax‖ / ‖r‖ of the right-hand side r and the solution x (`solvesForStep`), by a product with A.
  /// `direct`: in float64, of the class with the largest r, when it was last measured. Conjugate gradients: in
  /// the solver's precision; `kronecker-pcg`: of the worst class, in v − w.
  public var relativeResidual: Double
  /// Whether conjugate gradients ended above their tolerance, as their recurrence has the residual; nil where
  /// they have none.
  public var isAboveTolerance: Bool?
}

/// A factorisation in float32 that does not solve the system well enough.
struct InaccurateSolve: Error, CustomStringConvertible {
  let relativeResidual, limit: Double

  var description: String {
    "float32 leaves a relative residual of \(Float(relativeResidual)) in the linear system, above "
      + "\(Float(limit))"
  }
}
