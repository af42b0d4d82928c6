import LinearAlgebra
import Testing

@testable import Cronos

/// Every method against the iteration written out with explicit matrices F and G, in float64, on
/// small problems of awkward kinds.
@Suite struct DenseReferenceTests {
  /// A kind of problem; n, d and the number of classes follow from it.
  enum Kind: String, CaseIterable {
    case plain, fewerRowsThanColumns, duplicateRows, constantColumn, emptyClass, oneSample
    case oneHyperplane, oneLabelOnly
  }

  private struct Problem {
    let data: LabelledEmbeddings
    var settings = CronosSettings()

    init(_ kind: Kind) throws {
      let n = [.fewerRowsThanColumns: 3, .oneSample: 1][kind] ?? 12
      let d = 4
      let seed = UInt64(Kind.allCases.firstIndex(of: kind) ?? 0)
      let draw = ThreefryKey(seed: 100 + seed).split().draw
      var x = Matrix<Float>(rows: n, columns: d, draw.normals(count: n * d))
      if kind == .duplicateRows { for i in 0..<n { for a in 0..<d { x[i, a] = x[i % 3, a] } } }
      if kind == .constantColumn { for i in 0..<n { x[i, 1] = 2 } }
      let labels = (0..<n).map { kind == .oneLabelOnly ? 0 : kind == .emptyClass ? $0 % 2 : $0 % 3 }
      data = try LabelledEmbeddings(features: x, labels: labels, classes: 3)
      settings.neurons = kind == .oneHyperplane ? 1 : 3
      settings.precision = .float64
      settings.beta = 0.05
      settings.rho = .fixed(0.2)
      settings.seed = seed
      settings.rank = 4
      // More steps than unknowns, and no tolerance to speak of: the solves are exact.
      settings.pcgIterations = 60
      settings.pcgTolerance = 1e-14
      settings.iterations = 7
    }
  }

  @Test(
    arguments: Kind.allCases, [CronosSettings.Method.direct, .kroneckerPCG, .nystromPCG])
  func iteratesAreThoseOfTheDenseIteration(
    _ kind: Kind, _ method: CronosSettings.Method
  ) throws {
    var problem = try Problem(kind)
    problem.settings.method = method
    for gamma in [1.0, 0.8] {
      problem.settings.gammaRatio = gamma
      let result = try trainConvexHead(on: problem.data, settings: problem.settings)
      let relaxation = method == .nystromPCG ? 1 : 1.6
      var squares = (primal: 0.0, cone: 0.0, dual: 0.0)
      for c in 0..<3 {
        let reference = try DenseIteration(problem.data, label: c, result, gamma, relaxation)
        let p = problem.settings.neurons
        for (half, solved) in [result.v.v, result.v.w].enumerated() {
          for a in 0..<4 {
            for k in 0..<p {
              // Linear solves to about 1e-12 on numbers below 10, seven times in a row.
              #expect(
                abs(solved[a, c * p + k] - reference.v[(half * 4 + a) * p + k]) < 1e-8,
                "\(kind) \(method), class \(c), half \(half), (\(a), \(k))")
            }
          }
        }
        squares.primal += reference.primal * reference.primal
        squares.cone += reference.cone * reference.cone
        squares.dual += reference.dual * reference.dual
      }
      // As the weights, which they are differences of.
      let last = try #require(result.trace.last)
      #expect(abs(last.primalResidual - squares.primal.squareRoot()) < 1e-7, "\(kind) \(method)")
      #expect(abs(last.coneResidual - squares.cone.squareRoot()) < 1e-7, "\(kind) \(method)")
      #expect(abs(last.dualResidual - squares.dual.squareRoot()) < 1e-7, "\(kind) \(method)")
    }
  }

  /// Objective and bound meet, whatever the kind.
  @Test(arguments: Kind.allCases) func theGapCloses(_ kind: Kind) throws {
    var problem = try Problem(kind)
    problem.settings.method = .direct
    problem.settings.rho = .automatic
    problem.settings.iterations = 3000
    problem.settings.gapTolerance = 1e-3
    let result = try trainConvexHead(on: problem.data, settings: problem.settings)
    let quality = try #require(result.quality)
    #expect(result.status == .converged, "\(quality)")
    #expect(quality.objective.isFinite && result.head.hiddenWeights.firstNonFinite == nil)
  }
}

/// One class by explicit matrices; unknowns in the row-major order of (2, d, P).
private struct DenseIteration {
  private(set) var v: [Double]
  /// ‖u − v‖, ‖Gu − s‖ and ρ‖v − v_previous‖ of the last iteration.
  private(set) var primal = 0.0, cone = 0.0, dual = 0.0

  init(
    _ data: LabelledEmbeddings, label: Int, _ result: TrainingResult, _ gamma: Double,
    _ alpha: Double
  ) throws {
    let x = data.features.converted(to: Double.self)
    let (n, d) = (x.rows, x.columns)
    let active = ActivationPatterns<Double>(hyperplanes: result.hyperplanes, features: x).active
    let p = active.columns
    let size = 2 * d * p
    func unknown(_ half: Int, _ a: Int, _ k: Int) -> Int { (half * d + a) * p + k }
    let f = Matrix<Double>(rows: n, columns: size) { i, j in
      let (half, a, k) = (j / (d * p), j / p % d, j % p)
      return (half == 0 ? 1 : -1) * active[i, k] * x[i, a]
    }
    let g = Matrix<Double>(rows: 2 * n * p, columns: size) { row, j in
      let (half, i, k) = (row / (n * p), row / p % n, row % p)
      guard half == j / (d * p), k == j % p else { return 0 }
      return (2 * active[i, k] - 1) * x[i, j / p % d]
    }
    let y = data.labels.map { $0 == label ? 1.0 : 0 }
    let (rho, beta) = (result.penalty.rho, result.settings.beta)
    var system = gram(g)
    gemm(f, f, into: &system, transposeA: true, alpha: 1 / rho, beta: 1)
    for j in 0..<size { system[j, j] += 1 }
    let factor = try cholesky(system)
    let target = multiply(f, y, transposeA: true)
    var (v, lambda) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
    var s = [Double](repeating: 0, count: 2 * n * p)
    var nu = s
    for _ in 0..<result.trace.count {
      let back = multiply(g, zip(s, nu).map { $0 - $1 }, transposeA: true)
      var u = Matrix(
        rows: size, columns: 1, (0..<size).map { target[$0] / rho + v[$0] - lambda[$0] + back[$0] })
      solveCholesky(factor, into: &u)
      let relaxed = zip(u.elements, v).map { alpha * $0 + (1 - alpha) * $1 }
      let exact = multiply(g, u.elements)
      let image = zip(exact, s).map { alpha * $0 + (1 - alpha) * $1 }
      let before = v
      for half in 0..<2 {
        for k in 0..<p {
          let column = (0..<d).map { unknown(half, $0, k) }
          let a = column.map { relaxed[$0] + lambda[$0] }
          let norm = a.reduce(0) { $0 + $1 * $1 }.squareRoot()
          let factor = norm > beta / rho ? 1 - beta / rho / norm : 0
          for (place, value) in zip(column, a) { v[place] = factor * value }
        }
      }
      s = zip(image, nu).map { max($0 + $1, 0) }
      func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      }
      (primal, cone) = (distance(u.elements, v), distance(exact, s))
      dual = rho * distance(v, before)
      lambda = (0..<size).map { lambda[$0] + gamma * (relaxed[$0] - v[$0]) }
      nu = nu.indices.map { nu[$0] + gamma * (image[$0] - s[$0]) }
    }
    self.v = v
  }
}
