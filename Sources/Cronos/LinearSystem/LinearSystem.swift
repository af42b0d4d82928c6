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

  /// Replaces a right-hand side by the solution, and says how well it solves the system.
  mutating func solve(_ b: inout BlockPair<Scalar>) throws -> LinearSolveReport
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
  /// Conjugate-gradient steps, also those with the factor of another ρ; 0 where a factor of its own solves.
  public var steps: Int
  /// ‖r − Ax‖ / ‖r‖ of the right-hand side r and the solution x (`solvesForStep`), by a product with A.
  /// `direct`: in float64, of the class with the largest r, when it was last measured. Conjugate gradients: in
  /// the solver's precision; `kronecker-pcg`: of the worst class, in v − w.
  public var relativeResidual: Double
  /// Whether conjugate gradients ended above their tolerance, as their recurrence has the residual; nil where
  /// they have none.
  public var isAboveTolerance: Bool?
}

/// Why float32 does not do for the exact solver; float64 may.
enum SinglePrecisionFailure: Error, CustomStringConvertible {
  case residual(Double, limit: Double)
  case factor(LAPACKError)

  var description: String {
    switch self {
    case .residual(let residual, let limit):
      "float32 leaves a relative residual of \(Float(residual)) in the linear system, above "
        + "\(Float(limit))"
    case .factor(let error): "float32: \(error)"
    }
  }
}
