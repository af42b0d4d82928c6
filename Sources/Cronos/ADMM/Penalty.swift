/// The ADMM penalties: ρ on Gu = s, κρ on u = v.
public struct Penalty: Sendable, Equatable {
  /// ρ.
  public var rho: Double
  /// κ; 1 as published.
  public var weightRatio: Double

  public init(rho: Double, weightRatio: Double = 1) {
    (self.rho, self.weightRatio) = (rho, weightRatio)
  }

  /// κρ.
  public var weight: Double { weightRatio * rho }

  /// Penalties that do not depend on the scale of the data.
  ///
  /// Scaling X by a and u by 1/a leaves Gu = s as it is, so ρ has no scale; u = v is an equation in
  /// units of 1/a, so its penalty goes with a², and the mean eigenvalue of K = XᵀX stands for a².
  /// The two constants are measured: docs/solver.md.
  /// - Parameter meanEigenvalue: the trace of K divided by d.
  public static func automatic(meanEigenvalue: Double) -> Penalty {
    Penalty(rho: 0.02, weightRatio: max(0.01 * meanEigenvalue, .leastNormalMagnitude))
  }
}
