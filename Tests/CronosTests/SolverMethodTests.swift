import Foundation
import LinearAlgebra
import TensorFiles
import Testing

@testable import Cronos

/// `direct` and `kronecker-pcg`: against the optimum that an interior-point solver certified for the
/// fixture, and against the u-system written out as a dense matrix.
@Suite struct SolverMethodTests {
  @Test(arguments: ["multi-300x24", "binary-160x48"])
  func directClosesOnTheCertifiedOptimum(_ name: String) throws {
    let fixture = try SolverFixture(name)
    var settings = fixture.settings
    settings.method = .direct
    settings.precision = .float64
    settings.rho = .automatic
    settings.iterations = 1500
    settings.gapTolerance = 1e-3
    let result = try trainConvexHead(on: fixture.training, settings: settings)
    let optimum = try fixture.tensors.doubles("optimum_objective").reduce(0, +)
    let quality = try #require(result.quality)
    #expect(result.status == .converged && result.method == .direct)
    // A gap of 1e-3 that the optimum lies in.
    #expect(abs(quality.objective - optimum) < 1e-3 * optimum)
    // No feasible point lies below the optimum by more than the certificate's own 1e-8.
    #expect(quality.lowerBound <= optimum * (1 + 1e-8))
    // The gap again, below an objective that may lie as far below the optimum, by what cones are violated.
    #expect(quality.lowerBound >= optimum * (1 - 2e-3))
  }

  /// Shapes with n below, at and above d, one hyperplane, one sample, a column of zeros.
  @Test(
    arguments: [(1, 3, 1, 2), (6, 6, 2, 3), (5, 9, 3, 2), (40, 7, 4, 5)],
    [
      (CronosSettings.Method.direct, CronosSettings.Model.relu), (.kroneckerPCG, .relu),
      (.direct, .gatedReLU), (.kroneckerPCG, .gatedReLU),
    ])
  func linearSystemsAreSolved(
    _ shape: (Int, Int, Int, Int), _ kind: (CronosSettings.Method, CronosSettings.Model)
  ) throws {
    let (method, model) = kind
    let (n, d, p, classes) = shape
    let draw = ThreefryKey(seed: UInt64(n * 100 + d)).split().draw
    var x = Matrix<Float>(rows: n, columns: d, draw.normals(count: n * d))
    for i in 0..<n { x[i, d - 1] = 0 }
    let labels = (0..<n).map { $0 % classes }
    let data = try LabelledEmbeddings(features: x, labels: labels, classes: classes)
    var settings = CronosSettings()
    settings.neurons = p
    settings.pcgTolerance = 1e-12
    settings.model = model
    var workspace = try Workspace<Double>(
      data: data, validation: nil, settings: settings, method: method)
    let program = workspace.program(beta: 0.1)
    let columns = classes * p
    let normals = draw.normals(count: 2 * d * columns).map { Double($0) }
    let b = BlockPair(
      v: Matrix(rows: d, columns: columns, Array(normals[..<(d * columns)])),
      w: Matrix(rows: d, columns: columns, Array(normals[(d * columns)...])))
    let zero = BlockPair<Double>(rows: d, columns: columns)
    let solved = try workspace.solve(b)
    // The operator by its definition: κu + FᵀF u/ρ + Gᵀ(G u).
    let rho = workspace.penalty.rho
    let fit = program.applyFTransposed(program.applyF(solved.solution))
    var cones = program.applyGTransposed(program.applyG(solved.solution))
    if model == .gatedReLU { cones = zero }
    for (half, sign) in [(\BlockPair<Double>.v, 1.0), (\BlockPair<Double>.w, -1.0)] {
      for a in 0..<d {
        for c in 0..<columns {
          let image =
            solved.solution[keyPath: half][a, c] + sign * fit[a, c] / rho
            + cones[keyPath: half][a, c]
          // The tolerance of the conjugate gradients, on right-hand sides of norm below 100.
          #expect(abs(image - b[keyPath: half][a, c]) < 1e-9)
        }
      }
    }
  }

  @Test func operatorsAreAdjoint() throws {
    let draw = ThreefryKey(seed: 3).split().draw
    let (n, d, p, classes) = (20, 6, 3, 2)
    let numbers = draw.normals(count: 4096).map { Double($0) }
    func matrix(_ rows: Int, _ columns: Int, from start: Int) -> Matrix<Double> {
      Matrix(rows: rows, columns: columns, Array(numbers[start..<(start + rows * columns)]))
    }
    let x = matrix(n, d, from: 0)
    let active = Matrix<Double>(rows: n, columns: p) { i, k in numbers[500 + i * p + k] >= 0 ? 1 : 0
    }
    let program = ConvexProgram(
      features: x, active: active, targets: Matrix(rows: n, columns: classes), beta: 1)
    let u = BlockPair(
      v: matrix(d, classes * p, from: 600), w: matrix(d, classes * p, from: 700))
    let z = matrix(n, classes, from: 800)
    let a = BlockPair(
      v: matrix(n, classes * p, from: 1000), w: matrix(n, classes * p, from: 1200))
    let (fit, cones) = (program.applyF(u), program.applyG(u))
    for i in 0..<n {
      for c in 0..<classes {
        var sum = 0.0
        for k in 0..<p {
          let (v, w) = (
            (0..<d).reduce(0) { $0 + x[i, $1] * u.v[$1, c * p + k] },
            (0..<d).reduce(0) { $0 + x[i, $1] * u.w[$1, c * p + k] }
          )
          sum += active[i, k] * (v - w)
          let sign = 2 * active[i, k] - 1
          // Six products of normals.
          #expect(abs(cones.v[i, c * p + k] - sign * v) < 1e-13)
          #expect(abs(cones.w[i, c * p + k] - sign * w) < 1e-13)
        }
        #expect(abs(fit[i, c] - sum) < 1e-13)
      }
    }
    let transposed = program.applyFTransposed(z)
    let (left, right) = (
      dot(program.applyF(u), z), dot(transposed, u.v) - dot(transposed, u.w)
    )
    // Sums of at most 2,000 products of normals in float64.
    #expect(abs(left - right) < 1e-11)
    let (g, gt) = (program.applyG(u), program.applyGTransposed(a))
    #expect(
      abs(dot(g.v, a.v) + dot(g.w, a.w) - dot(gt.v, u.v) - dot(gt.w, u.w)) < 1e-11)
  }

  @Test func smallRhoInFloat32IsRepeatedInFloat64() throws {
    let fixture = try SolverFixture("binary-160x48")
    var settings = fixture.settings
    settings.method = .direct
    settings.rho = .fixed(1e-7)
    var lines: [String] = []
    let result = try trainConvexHead(
      on: fixture.training, settings: settings, log: { lines.append($0.description) })
    #expect(result.precision == .float64)
    #expect(lines.contains { $0.contains("float64") })
    // What float64 leaves at this ρ: docs/solver.md §3.
    #expect((result.trace.last?.linearSystem.relativeResidual ?? 1) < 1e-6)
  }

  @Test func tolerancesStopTheSolve() throws {
    let fixture = try SolverFixture("multi-300x24")
    var settings = fixture.settings
    settings.method = .direct
    settings.iterations = 5000
    settings.relativeTolerance = 1e-2
    let result = try trainConvexHead(on: fixture.training, settings: settings)
    #expect(result.status == .converged && result.trace.count < 5000)
    let cancelled = try trainConvexHead(
      on: fixture.training, settings: settings, progress: { $0.iteration < 3 })
    #expect(cancelled.status == .cancelled && cancelled.trace.count == 3)
    settings.timeLimit = 1e-9
    let timed = try trainConvexHead(on: fixture.training, settings: settings)
    #expect(timed.status == .timeLimit && timed.trace.count == 1)
  }

  @Test func aPathOfBetasStartsWhereTheOneBeforeEnded() throws {
    let fixture = try SolverFixture("multi-300x24")
    var settings = fixture.settings
    settings.method = .direct
    settings.iterations = 60
    let path = try trainConvexPath(
      on: fixture.training, settings: settings, betas: [0.1, 0.09])
    settings.beta = 0.09
    let cold = try trainConvexHead(on: fixture.training, settings: settings)
    let (warm, alone) = (path[1].quality, cold.quality)
    #expect(path.count == 2 && path[1].settings.beta == 0.09)
    #expect((warm?.stationarityResidual ?? 1) < (alone?.stationarityResidual ?? 0))
  }

  @Test func theBestIterateIsDeliveredWhenAsked() throws {
    let fixture = try SolverFixture("binary-160x48")
    var settings = fixture.settings
    settings.method = .direct
    settings.iterations = 30
    settings.iterate = .bestValidation
    let result = try trainConvexHead(
      on: fixture.training, validation: fixture.validation, settings: settings)
    let accuracies = result.trace.compactMap(\.validationAccuracy)
    let best = try #require(accuracies.max())
    #expect(result.deliveredIteration == (accuracies.firstIndex(of: best) ?? -1) + 1)
    let validation = try fixture.validation
    let predictions = result.head.logits(validation.features).argmaxOfRows()
    let correct = zip(predictions, validation.labels).count { $0 == $1 }
    // A near tie of two logits, in one clip of 40, may fall either way in another order of summation; 1e-9
    // for the quotients' rounding.
    #expect(abs(Double(correct) / Double(validation.labels.count) - best) <= 1.0 / 40 + 1e-9)
  }

  /// β/ρ above what the columns can reach in the iterations allowed: said early, and it comes true.
  @Test func settingsThatShrinkAllToZeroAreSaid() throws {
    let fixture = try SolverFixture("binary-160x48")
    var settings = fixture.settings
    settings.method = .direct
    settings.rho = .fixed(1e-3)
    settings.beta = 10
    var warnings: [String] = []
    func keep(_ message: SolverMessage) {
      if case .warning(let text) = message { warnings.append(text) }
    }
    let zero = try trainConvexHead(
      on: fixture.training, settings: settings, log: keep)
    #expect(zero.head.zeroShare == 1)
    #expect(warnings.count == 1 && warnings[0].contains("cronos.rho"))
    warnings = []
    settings.rho = .automatic
    settings.beta = 0.001
    let head = try trainConvexHead(
      on: fixture.training, settings: settings, log: keep)
    #expect(head.head.zeroShare < 1 && warnings.isEmpty)
  }

  /// ρ and κ from the data give the same head whatever the unit of the embeddings, β in their unit.
  @Test(arguments: [1e-3, 1, 1e3] as [Float])
  func automaticPenaltiesHaveNoScale(_ scale: Float) throws {
    let fixture = try SolverFixture("multi-300x24")
    var scaled = try fixture.training.features
    scaled.apply { $0 * scale }
    let data = try LabelledEmbeddings(
      features: scaled, labels: try fixture.training.labels, classes: 3)
    var settings = fixture.settings
    settings.method = .direct
    settings.precision = .float64
    settings.rho = .automatic
    settings.iterations = 50
    settings.beta = 0.01
    let reference = try trainConvexHead(on: fixture.training, settings: settings)
    settings.beta *= Double(scale)
    let result = try trainConvexHead(on: data, settings: settings)
    let (a, b) = (try #require(reference.quality), try #require(result.quality))
    // The embeddings are rounded to float32 again after scaling, by 6e-8 of each, which 50 iterations on the
    // way to the optimum may magnify.
    #expect(abs(a.objective - b.objective) < 1e-4 * a.objective)
  }

  @Test func theCostModelKnowsMemoryAndIterations() {
    func choice(_ n: Int, iterations: Int, memory: Int?) -> CronosSettings.Method {
      MethodChoice(
        samples: n, dimension: 1280, neurons: 64, classes: 5, iterations: iterations,
        bytesPerElement: 4, availableMemory: memory
      ).method
    }
    #expect(choice(12_368, iterations: 6, memory: 8 << 30) == .direct)
    #expect(choice(12_368, iterations: 6, memory: 500 << 20) == .kroneckerPCG)
    #expect(choice(200_000, iterations: 6, memory: nil) == .kroneckerPCG)
  }

  @Test func settingsOutsideTheirRangeAreNamed() {
    var settings = CronosSettings()
    settings.beta = -1
    #expect(throws: SettingsError(field: "beta", value: "-1.0", range: "a number above 0")) {
      try settings.validate()
    }
    settings = CronosSettings()
    settings.relaxation = 2
    #expect(throws: SettingsError.self) { try settings.validate() }
  }
}

extension Workspace {
  /// One solve of the u-system.
  fileprivate mutating func solve(
    _ b: BlockPair<S>
  ) throws -> (solution: BlockPair<S>, report: LinearSolveReport) {
    var (system, solution) = (system, b)
    let report = try system.solve(&solution)
    return (solution, report)
  }
}
