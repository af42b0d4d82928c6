/// One ADMM iteration, as the trace and the progress callback tell it.
public struct IterationRecord: Sendable, Codable, Equatable {
  /// From 1.
  public var iteration: Int
  /// Wall time since the solve began.
  public var seconds: Double
  /// ‖Fu − Y‖² / n: the fixed patterns' network on the training rows.
  public var trainLoss: Double
  /// Share of training rows whose largest Fu is their class.
  public var trainAccuracy: Double
  /// ‖logits − Y‖² / n and accuracy of the network at v on the validation rows.
  public var validationLoss: Double?
  public var validationAccuracy: Double?
  /// ‖u − v‖ and ‖Gu − s‖.
  public var primalResidual: Double
  public var coneResidual: Double
  /// κρ‖v − v_previous‖: the part of the dual residual that costs no product with the samples.
  public var dualResidual: Double
  /// The u-system's solve.
  public var linearSystem: LinearSolveReport
  /// Objective, bound and residuals on the original data; every 25th iteration, where the
  /// primal residual is below its tolerance, and at the last.
  public var quality: SolutionQuality?
}
