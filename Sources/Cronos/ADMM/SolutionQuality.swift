import LinearAlgebra

/// How good an iterate is, measured on the original data (docs/solver.md §5). Sums over classes.
public struct SolutionQuality: Sendable, Codable, Equatable {
  /// The convex objective at v. Below the optimum only where v violates the cone constraints.
  public var objective: Double
  /// ‖min(Gv, 0)‖ at v.
  public var coneViolation: Double
  /// The objective of the delivered ReLU network: ½‖Σ(Xvᵢ)₊ − (Xwᵢ)₊ − y‖² + βΣ(‖vᵢ‖ + ‖wᵢ‖). A gated
  /// network is the convex program itself.
  public var networkObjective: Double
  /// No feasible point of the program lies below it, up to rounding in the solver's precision.
  public var lowerBound: Double
  /// The norm of Fᵀ(Fu − Y) + κρλ + ρGᵀν: zero at the optimum.
  public var stationarityResidual: Double

  /// (objective − lower bound) / max(1, |lower bound|).
  public var relativeGap: Double { (objective - lowerBound) / max(1, abs(lowerBound)) }
}

extension ADMM {
  /// Measures the present iterate: two products of all samples with all columns of both halves.
  /// - Parameter improvingBound: spends up to 42 more such products on the bound where that can pay
  ///   (`DualImprovement`).
  func quality(improvingBound: Bool = false) -> SolutionQuality {
    let primal = primalQuality()
    let dual = dualQuality(improved: improvingBound)
    let agreed = program.communicator.fromRoot([
      primal.objective, primal.coneViolation, primal.networkObjective, dual.lowerBound,
      dual.stationarityResidual,
    ])
    return SolutionQuality(
      objective: agreed[0], coneViolation: agreed[1], networkObjective: agreed[2],
      lowerBound: agreed[3], stationarityResidual: agreed[4])
  }

  /// The quality that was measured, with the bound improved as by `quality(improvingBound: true)`.
  func improvingBound(of quality: SolutionQuality) -> SolutionQuality {
    var quality = quality
    quality.lowerBound = max(quality.lowerBound, dualQuality(improved: true).lowerBound)
    return quality
  }

  private func primalQuality() -> (
    objective: Double, coneViolation: Double, networkObjective: Double
  ) {
    let norms = v.both.columnNorms().reduce(0, +)
    func objective(_ fit: Matrix<S>) -> Double {
      var residual = fit
      residual.combine(program.targets) { a, b in a - b }
      return program.squaredColumnSums(residual).reduce(0, +) / 2 + program.beta * norms
    }
    guard program.hasCones else {
      let value = objective(program.applyF(v))
      return (value, 0, value)
    }
    let outputs = ProgramOutputs(program.rows.times(v.both), active: program.active)
    let violation = program.communicator.sum(outputs.squaredViolation)
    return (objective(outputs.fit), violation.squareRoot(), objective(outputs.network))
  }
}
