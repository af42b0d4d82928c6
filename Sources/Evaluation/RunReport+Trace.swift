extension RunReport {
  /// One iteration of the solver, as the pictures and the curves tell it.
  public struct TracePoint: Sendable, Equatable, Codable {
    /// From 1.
    public var iteration: Int
    /// Wall time since the solve began, in seconds.
    public var seconds: Double
    /// ‖Fu − Y‖²/n of the training rows.
    @OrNull public var trainLoss: Double?
    /// The same of the ReLU network on the validation rows.
    @OrNull public var validationLoss: Double?
    /// Share of the training rows, 0 … 1.
    @OrNull public var trainAccuracy: Double?
    /// Share of the validation rows, 0 … 1.
    @OrNull public var validationAccuracy: Double?
    /// ‖u − v‖.
    @OrNull public var primalResidual: Double?
    /// ‖Gu − s‖.
    @OrNull public var coneResidual: Double?
    /// κρ‖v − v_previous‖.
    @OrNull public var dualResidual: Double?
    /// At v; nil at iterations where it was not computed.
    @OrNull public var objective: Double?
    /// The certified bound of the optimum from below, where the objective is computed.
    @OrNull public var lowerBound: Double?

    private enum CodingKeys: String, CodingKey {
      case iteration, seconds, objective
      case trainLoss = "train_loss"
      case validationLoss = "validation_loss"
      case trainAccuracy = "train_accuracy"
      case validationAccuracy = "validation_accuracy"
      case primalResidual = "primal_residual"
      case coneResidual = "cone_residual"
      case dualResidual = "dual_residual"
      case lowerBound = "lower_bound"
    }

    public init(
      iteration: Int, seconds: Double, trainLoss: Double? = nil, validationLoss: Double? = nil,
      trainAccuracy: Double? = nil, validationAccuracy: Double? = nil,
      primalResidual: Double? = nil, coneResidual: Double? = nil, dualResidual: Double? = nil,
      objective: Double? = nil, lowerBound: Double? = nil
    ) {
      (self.iteration, self.seconds) = (iteration, seconds)
      _trainLoss = OrNull(wrappedValue: trainLoss)
      _validationLoss = OrNull(wrappedValue: validationLoss)
      _trainAccuracy = OrNull(wrappedValue: trainAccuracy)
      _validationAccuracy = OrNull(wrappedValue: validationAccuracy)
      _primalResidual = OrNull(wrappedValue: primalResidual)
      _coneResidual = OrNull(wrappedValue: coneResidual)
      _dualResidual = OrNull(wrappedValue: dualResidual)
      _objective = OrNull(wrappedValue: objective)
      _lowerBound = OrNull(wrappedValue: lowerBound)
    }

    /// The curves of a run, by the name that TensorBoard and the CSV have for them.
    public static let curves: [(name: String, value: @Sendable (TracePoint) -> Double?)] = [
      ("train/loss", { $0.trainLoss }), ("train/accuracy", { $0.trainAccuracy }),
      ("validation/loss", { $0.validationLoss }),
      ("validation/accuracy", { $0.validationAccuracy }),
      ("residual/primal", { $0.primalResidual }), ("residual/cone", { $0.coneResidual }),
      ("residual/dual", { $0.dualResidual }), ("objective/value", { $0.objective }),
      ("objective/lower_bound", { $0.lowerBound }),
    ]
  }

  /// A clip that the run left out, and why.
  public struct Skipped: Sendable, Equatable, Codable {
    public var path, language, reason: String

    public init(path: String, language: String, reason: String) {
      (self.path, self.language, self.reason) = (path, language, reason)
    }
  }
}
