import LinearAlgebra
import Testing

@testable import Cronos

/// Problems whose optimum is known without a solver, and results measured again on the raw data.
@Suite struct KnownOptimumTests {
  /// One pattern that is open everywhere, no cones and XᵀX = I: the group lasso's closed form, with u = v − w
  /// of a class `(1 − β/‖Xᵀy‖)₊·Xᵀy`.
  @Test(arguments: [0.5, 1, 4])
  func orthonormalRowsShrinkTowardsZero(_ beta: Double) throws {
    let (n, d, seed) = (30, 6, UInt64(11))
    let numbers = ThreefryKey(seed: seed).split().draw.normals(count: n * (d + 2)).map {
      Double($0)
    }
    let x = try orthonormalBasis(of: Matrix(rows: n, columns: d, Array(numbers[..<(n * d)])))
    let targets = Matrix<Double>(rows: n, columns: 2, Array(numbers[(n * d)...]))
    let program = ConvexProgram(
      features: x, active: Matrix(rows: n, columns: 1, repeating: 1), targets: targets, beta: beta,
      hasCones: false)
    let (gram, penalty) = (lowerGramInDouble(x), Penalty(rho: 0.5))
    let system = try DirectSystem(
      program: program, penalty: penalty,
      schur: SchurComplements(program: program, gram: gram, weightRatio: penalty.weightRatio))
    var admm = ADMM(
      program: program, penalty: penalty, settings: CronosSettings(), relaxation: 1.6,
      system: system, gram: .dense(gram))
    for _ in 0..<300 { _ = try admm.iterate() }
    let correlations = multiply(x, targets, transposeA: true)
    for (c, norm) in correlations.columnNorms().enumerated() {
      let factor = max(0, 1 - beta / norm)
      for a in 0..<d {
        // 300 iterations at this ρ leave 1e-9 of numbers near 1.
        let miss = abs(admm.v.v[a, c] - admm.v.w[a, c] - factor * correlations[a, c])
        #expect(miss < 1e-7, "seed \(seed), β \(beta), class \(c), (\(a)): \(miss)")
      }
    }
  }

  /// At β ≥ max_j ‖(FᵀY)_j‖ all weights are zero, and the objective is ½‖Y‖².
  @Test(arguments: [CronosSettings.Method.direct, .kroneckerPCG])
  func aStrongPenaltyLeavesNothing(_ method: CronosSettings.Method) throws {
    let fixture = try SolverFixture("multi-300x24")
    let (x, y) = (
      try fixture.training.features.converted(to: Double.self),
      try fixture.training.targets(as: Double.self)
    )
    var settings = fixture.settings
    (settings.method, settings.precision, settings.iterations) = (method, .float64, 200)
    let first = try trainConvexHead(on: fixture.training, settings: settings)
    let active = ActivationPatterns<Double>(hyperplanes: first.hyperplanes, features: x).active
    let gradients = ConvexProgram(features: x, active: active, targets: y, beta: 1)
      .applyFTransposed(y)
    (settings.rho, settings.iterations, settings.gapTolerance) = (.automatic, 3000, 1e-3)
    settings.beta = 1.01 * (gradients.columnNorms().max() ?? 0)
    let result = try trainConvexHead(on: fixture.training, settings: settings)
    let quality = try #require(result.quality)
    #expect(result.head.hiddenWeights.elements.allSatisfy { $0 == 0 })
    // 300 rows with one 1 each; the bound is within the gap that was asked for.
    #expect(result.status == .converged && quality.objective == 150)
    #expect(abs(quality.lowerBound - 150) < 1e-3 * 150, "\(quality.lowerBound)")
  }

  /// Objective, cone violation and network objective of a result, by their definitions from X, y, g and v.
  @Test func qualityIsThatOfTheRawData() throws {
    let fixture = try SolverFixture("multi-300x24")
    var settings = fixture.settings
    (settings.method, settings.precision, settings.iterations) = (.direct, .float64, 20)
    let result = try trainConvexHead(on: fixture.training, settings: settings)
    let x = try fixture.training.features.converted(to: Double.self)
    let (n, d) = (x.rows, x.columns)
    let g = result.hyperplanes.converted(to: Double.self)
    let (p, classes) = (g.columns, result.head.classes)
    let labels = try fixture.training.labels
    func product(_ row: Int, _ matrix: Matrix<Double>, _ column: Int) -> Double {
      (0..<d).reduce(0) { $0 + x[row, $1] * matrix[$1, column] }
    }
    var (misfit, network, violation) = (0.0, 0.0, 0.0)
    for i in 0..<n {
      let open = (0..<p).map { product(i, g, $0) >= 0 ? 1.0 : 0 }
      for c in 0..<classes {
        let y = labels[i] == c ? 1.0 : 0
        var (fit, output) = (0.0, 0.0)
        for (half, sign) in [(result.v.v, 1.0), (result.v.w, -1.0)] {
          for k in 0..<p {
            let image = product(i, half, c * p + k)
            fit += sign * open[k] * image
            output += sign * max(image, 0)
            let cone = min((2 * open[k] - 1) * image, 0)
            violation += cone * cone
          }
        }
        misfit += (fit - y) * (fit - y) / 2
        network += (output - y) * (output - y) / 2
      }
    }
    let norms = [result.v.v, result.v.w].flatMap { $0.columnNorms() }.reduce(0, +)
    let quality = try #require(result.quality)
    // Sums of some 1e4 terms in float64, in another order.
    func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-10 * max(1, abs(b)) }
    #expect(isNear(quality.objective, misfit + settings.beta * norms))
    #expect(isNear(quality.networkObjective, network + settings.beta * norms))
    #expect(isNear(quality.coneViolation, violation.squareRoot()))
  }

  /// The optimality conditions of the ReLU program, by their definitions from X, y and D at the last v and
  /// μ = −ρν: with z = Fu − y and g the gradient Fᵀz − Gᵀμ of a column, v in its cones, μ ≥ 0 and μᵀ(Gv) = 0,
  /// ‖g‖ ≤ β, and g = −βv/‖v‖ where v is not zero.
  @Test func theConesOptimumMeetsItsConditions() throws {
    let (n, d, p, classes, beta, seed) = (40, 5, 4, 2, 0.5, UInt64(23))
    let numbers = ThreefryKey(seed: seed).split().draw.normals(count: n * d + d * p).map {
      Double($0)
    }
    let x = Matrix<Double>(rows: n, columns: d, Array(numbers[..<(n * d)]))
    let hyperplanes = Matrix<Float>(
      rows: d, columns: p, numbers[(n * d)...].map { Float($0) })
    let active = ActivationPatterns<Double>(hyperplanes: hyperplanes, features: x).active
    let targets = Matrix<Double>(rows: n, columns: classes) { i, c in
      (x[i, c] + x[i, 2] * x[i, 3] > 0) == (c == 0) ? 1 : 0
    }
    let program = ConvexProgram(features: x, active: active, targets: targets, beta: beta)
    let (gram, penalty) = (lowerGramInDouble(x), Penalty(rho: 1, weightRatio: 4))
    let system = try DirectSystem(
      program: program, penalty: penalty,
      schur: SchurComplements(program: program, gram: gram, weightRatio: penalty.weightRatio))
    var admm = ADMM(
      program: program, penalty: penalty, settings: CronosSettings(), relaxation: 1.6,
      system: system, gram: .dense(gram))
    for _ in 0..<1600 { _ = try admm.iterate() }

    let cone = try #require(admm.cone)
    // As γ = 1, ν is min(t, 0).
    func mu(_ i: Int, _ column: Int) -> Double { -penalty.rho * min(cone.t[i, column], 0) }
    let (both, columns) = (admm.v.both, classes * p)
    let images = (0..<n).map { i in
      (0..<(2 * columns)).map { j in (0..<d).reduce(0) { $0 + x[i, $1] * both[$1, j] } }
    }
    var (alive, bent) = (0, 0)
    // 1,600 iterations at this penalty leave residuals of 1e-8 of numbers near 1 to 10.
    let tolerance = 1e-6
    for j in 0..<(2 * columns) {
      let (half, c, k) = (j / columns, j % columns / p, j % p)
      var (gradient, slackness) = ([Double](repeating: 0, count: d), 0.0)
      for i in 0..<n {
        let sign = 2 * active[i, k] - 1
        let fit = (0..<p).reduce(0) {
          $0 + active[i, $1] * (images[i][c * p + $1] - images[i][columns + c * p + $1])
        }
        let z = (half == 0 ? 1.0 : -1) * active[i, k] * (fit - targets[i, c])
        for a in 0..<d { gradient[a] += x[i, a] * (z - sign * mu(i, j)) }
        #expect(sign * images[i][j] > -tolerance && mu(i, j) >= 0, "seed \(seed), (\(i), \(j))")
        slackness += mu(i, j) * sign * images[i][j]
        if mu(i, j) > 1e-3 { bent += 1 }
      }
      let norm = (0..<d).reduce(0) { $0 + both[$1, j] * both[$1, j] }.squareRoot()
      let size = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(size < beta + tolerance && abs(slackness) < tolerance, "seed \(seed), column \(j)")
      guard norm > 1e-3 else { continue }
      alive += 1
      for a in 0..<d {
        #expect(abs(gradient[a] + beta * both[a, j] / norm) < tolerance, "(\(a), \(j))")
      }
    }
    #expect(alive > 0 && bent > 0, "else the cones or the penalty decide nothing")
  }
}
