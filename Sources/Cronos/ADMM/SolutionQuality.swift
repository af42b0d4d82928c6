import LinearAlgebra

/// How good an iterate is, measured on the original data (solver.md §4). Sums over classes.
public struct SolutionQuality: Sendable, Codable, Equatable {
  /// The convex objective at v. Below the optimum only where v violates the cone constraints.
  public var objective: Double
  /// ‖min(Gv, 0)‖ at v.
  public var coneViolation: Double
  /// The objective of the delivered ReLU network: ½‖Σ(Xvᵢ)₊ − (Xwᵢ)₊ − y‖² + βΣ(‖vᵢ‖ + ‖wᵢ‖).
  public var networkObjective: Double
  /// No feasible point of the program lies below it.
  public var lowerBound: Double
  /// The norm of Fᵀ(Fu − Y) + κρλ + ρGᵀν: zero at the optimum.
  public var stationarityResidual: Double

  /// (objective − lower bound) / max(1, |lower bound|).
  public var relativeGap: Double { (objective - lowerBound) / max(1, abs(lowerBound)) }
}

extension ADMM {
  /// Measures the present iterate: four products of all samples with all columns.
  func quality() -> SolutionQuality {
    let primal = primalQuality()
    let dual = dualQuality()
    return SolutionQuality(
      objective: primal.objective, coneViolation: primal.coneViolation,
      networkObjective: primal.networkObjective, lowerBound: dual.lowerBound,
      stationarityResidual: dual.stationarityResidual)
  }

  private func primalQuality() -> (
    objective: Double, coneViolation: Double, networkObjective: Double
  ) {
    let active = program.active
    var products = multiply(program.features, v.v)
    var fit = PatternKernels.sumActive(products, minus: nil, active: active)
    var network = PatternKernels.sumRectified(products, neurons: program.neurons)
    var violation = PatternKernels.squaredConeViolation(products, active: active)
    gemm(program.features, v.w, into: &products)
    fit.combine(PatternKernels.sumActive(products, minus: nil, active: active)) { a, b in a - b }
    network.combine(PatternKernels.sumRectified(products, neurons: program.neurons)) { a, b in
      a - b
    }
    violation += PatternKernels.squaredConeViolation(products, active: active)

    let norms = v.v.columnNorms().reduce(0, +) + v.w.columnNorms().reduce(0, +)
    func loss(_ fit: Matrix<S>) -> Double {
      var residual = fit
      residual.combine(program.targets) { a, b in a - b }
      return residual.squaredColumnSums().reduce(0, +) / 2
    }
    return (
      loss(fit) + program.beta * norms, violation.squareRoot(), loss(network) + program.beta * norms
    )
  }

  /// The bound of solver.md §4: z = Fu − y, μ = −ρν ≥ 0, and for each class
  /// c = min(1/τ, −zᵀy/‖z‖²) with τ = max_j ‖(Fᵀz − Gᵀμ)_j‖/β: −½c²‖z‖² − c·zᵀy.
  private func dualQuality() -> (lowerBound: Double, stationarityResidual: Double) {
    var residual = program.applyF(u)
    residual.combine(program.targets) { a, b in a - b }

    let p = program.neurons
    var stationarity = 0.0
    var largest = [Double](repeating: 0, count: program.classes)
    for (half, cone, lambda, sign) in [
      (u.v, coneV, lambda.v, S(1)), (u.w, coneW, lambda.w, S(-1)),
    ] {
      var products = Matrix<S>(rows: program.samples, columns: half.columns)
      var fit = products
      PatternKernels.spreadActive(residual, active: program.active, into: &fit)
      cone.signedDual(scale: S(penalty.rho), active: program.active, into: &products)
      products.combine(fit) { a, b in a + sign * b }
      var gradient = multiply(program.features, products, transposeA: true)
      for (column, norm) in gradient.columnNorms().enumerated() {
        largest[column / p] = max(largest[column / p], norm)
      }
      axpy(S(penalty.weight), lambda, into: &gradient)
      stationarity += gradient.squaredColumnSums().reduce(0, +)
    }

    let squares = residual.squaredColumnSums()
    var correlations = [Double](repeating: 0, count: program.classes)
    for i in 0..<program.samples {
      for c in 0..<program.classes {
        correlations[c] += Double(residual[i, c]) * Double(program.targets[i, c])
      }
    }
    var bound = 0.0
    for c in 0..<program.classes where squares[c] > 0 {
      let feasible = largest[c] > 0 ? program.beta / largest[c] : .infinity
      let scale = max(0, min(feasible, -correlations[c] / squares[c]))
      bound += -scale * scale * squares[c] / 2 - scale * correlations[c]
    }
    return (bound, stationarity.squareRoot())
  }
}
