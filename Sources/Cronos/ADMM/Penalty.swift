/// The ADMM penalties: ρ on Gu = s, κρ on u = v.
public struct Penalty: Sendable, Equatable {
  /// ρ > 0.
  public var rho: Double
  /// κ > 0; 1 as published.
  public var weightRatio: Double

  public init(rho: Double, weightRatio: Double = 1) {
    (self.rho, self.weightRatio) = (rho, weightRatio)
  }

  /// κρ.
  public var weight: Double { weightRatio * rho }

  /// Penalties that do not depend on the scale of the data.
  ///
  /// Scaling X by a and u by 1/a leaves Gu = s as it is, so ρ has no scale; it follows how strong β
  /// is beside the least β for which all weights are zero, max_j ‖(FᵀY)_j‖, and √(dP). u = v is an equation
  /// in units of 1/a, so its penalty goes with a², and the mean eigenvalue of K = XᵀX stands for a².
  /// The constants are measured: docs/solver.md.
  /// - Parameters:
  ///   - meanEigenvalue: the trace of K divided by d.
  ///   - beta: β.
  ///   - largestGradient: max_j ‖(FᵀY)_j‖.
  ///   - unknowns: d·P.
  public static func automatic(
    meanEigenvalue: Double, beta: Double, largestGradient: Double, unknowns: Int
  ) -> Penalty {
    let strength = beta / max(largestGradient, .leastNormalMagnitude)
    // Below 1e-4 the linear systems are too ill-conditioned even for float64 and large n.
    let rho = min(max(2.5 * Double(unknowns).squareRoot() * strength, 1e-4), 1)
    return Penalty(rho: rho, weightRatio: max(0.1 * meanEigenvalue, .leastNormalMagnitude))
  }
}
