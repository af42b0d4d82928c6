import LinearAlgebra

/// A trained head with what is known about it.
public struct TrainingResult: Sendable {
  /// Why the solver stopped.
  public enum Status: String, Sendable, Codable {
    /// Both residuals are below the tolerances, or the relative gap is below `eps_gap`.
    case converged
    /// The asked number of iterations was done.
    case iterationLimit = "iteration_limit"
    /// The time was over.
    case timeLimit = "time_limit"
    /// The progress callback asked to stop.
    case cancelled
    /// An iterate was no longer finite: the last finite one is delivered.
    case diverged
  }

  public let head: ConvexHead
  public let status: Status
  /// The settings, with the β of this solve.
  public let settings: CronosSettings
  /// The method that was used: never `auto`.
  public let method: CronosSettings.Method
  /// The arithmetic that was used: float64 where float32 was asked and not enough.
  public let precision: CronosSettings.Precision
  public let penalty: Penalty
  public let trace: [IterationRecord]
  /// The iteration that is delivered, from 1; 0 if there is none.
  public let deliveredIteration: Int
  /// How good the last iterate is; nil when the solve diverged.
  public let quality: SolutionQuality?
  /// The hyperplanes g, `[d, P]`.
  public let hyperplanes: Matrix<Float>
  /// The delivered iterates of the program, halves `[d, C·P]`.
  public let u, v: BlockPair<Double>
  /// Operations that this solve took, set-up included where it was made for it.
  public let flops: Int
  /// Their wall time.
  public let seconds: Double
}
