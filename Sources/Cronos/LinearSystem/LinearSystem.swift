import LinearAlgebra

/// Solves the u-system `(κI + FᵀF/ρ + GᵀG) u = b` of an ADMM iteration (solver.md §2); without cones
/// there is no G.
protocol LinearSystem<Scalar> {
  associatedtype Scalar: BLASScalar

  /// u for the right-hand side, and how well it solves the system.
  /// - Parameter previous: the u of the iteration before.
  mutating func solve(
    _ rightHandSide: BlockPair<Scalar>, from previous: BlockPair<Scalar>
  ) throws -> (u: BlockPair<Scalar>, report: LinearSolveReport)
}

/// What a linear solve did.
public struct LinearSolveReport: Sendable, Equatable, Codable {
  /// Conjugate-gradient steps; 0 for a factorisation.
  public var steps: Int
  /// ‖b − Au‖ / ‖b‖.
  public var relativeResidual: Double
}

/// A factorisation in float32 that does not solve the system well enough.
struct InaccurateSolve: Error, CustomStringConvertible {
  let relativeResidual, limit: Double

  var description: String {
    "float32 leaves a relative residual of \(Float(relativeResidual)) in the linear system, above "
      + "\(Float(limit))"
  }
}
