import Foundation
import LinearAlgebra
import TestFolders
import Testing

@testable import Cronos

/// The program without cones: its optimality conditions from the raw data, and its head.
@Suite struct GatedReLUTests {
  private func solved(
    _ method: CronosSettings.Method = .direct, beta: Double = 0.5
  ) throws -> (TrainingResult, SolverFixture) {
    let fixture = try SolverFixture("multi-300x24")
    var settings = fixture.settings
    settings.model = .gatedReLU
    settings.method = method
    settings.precision = .float64
    settings.beta = beta
    settings.rho = .automatic
    settings.iterations = 400
    settings.gapTolerance = 1e-8
    return (
      try trainConvexHead(
        on: fixture.training, validation: fixture.validation, settings: settings), fixture
    )
  }

  /// For each column u_j of the group lasso in D_j X: ‖X'D_j(Fu − y)‖ ≤ β, and where u_j ≠ 0 it is
  /// −β u_j/‖u_j‖.
  @Test func theSolutionMeetsTheOptimalityConditions() throws {
    let (result, fixture) = try solved()
    #expect(result.status == .converged)
    let x = try fixture.training.features.converted(to: Double.self)
    let active = ActivationPatterns<Double>(hyperplanes: result.hyperplanes, features: x).active
    let y = try fixture.training.targets(as: Double.self)
    let (p, classes) = (active.columns, y.columns)
    let u = Matrix<Double>(rows: x.columns, columns: classes * p) { a, j in
      result.v.v[a, j] - result.v.w[a, j]
    }
    var (zeros, others) = (0, 0)
    for c in 0..<classes {
      let residual = (0..<x.rows).map { i in
        (0..<p).reduce(-y[i, c]) { sum, k in
          sum + active[i, k]
            * (0..<x.columns).reduce(0) { $0 + x[i, $1] * u[$1, c * p + k] }
        }
      }
      for k in 0..<p {
        let gradient = (0..<x.columns).map { a in
          (0..<x.rows).reduce(0) { $0 + x[$1, a] * active[$1, k] * residual[$1] }
        }
        let column = (0..<x.columns).map { u[$0, c * p + k] }
        let norm = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // A gap of 1e-8 leaves gradients of norm 0.5 within 1 %.
        if norm == 0 {
          zeros += 1
          #expect(gradient.reduce(0) { $0 + $1 * $1 }.squareRoot() <= 0.505)
        } else {
          others += 1
          let miss = zip(gradient, column).reduce(0) { sum, pair in
            let difference = pair.0 + 0.5 * pair.1 / norm
            return sum + difference * difference
          }
          // The direction of a column of norm below 0.01 is uncertain by as much more.
          #expect(miss.squareRoot() < 0.005 * max(1, 0.01 / norm))
        }
      }
    }
    #expect(zeros > 0 && others > 0, "beta should split the columns")
  }

  @Test func allMethodsAgree() throws {
    let direct = try #require(try solved().0.quality)
    let kronecker = try #require(try solved(.kroneckerPCG).0.quality)
    // The optimum lies between the bound and the objective of each, so that these differ by the wider gap
    // at most, and by the rounding of sums in float64.
    let gap = max(
      direct.objective - direct.lowerBound, kronecker.objective - kronecker.lowerBound)
    let difference = abs(direct.objective - kronecker.objective)
    #expect(difference <= gap + 1e-12 * direct.objective, "\(direct) \(kronecker)")
    // Both aim at a gap of 1e-8; the room is for conjugate gradients, which do not solve exactly, to reach
    // 400 iterations first.
    #expect(difference < 2e-6 * direct.objective, "\(direct) \(kronecker)")
    #expect(direct.coneViolation == 0 && direct.networkObjective == direct.objective)
  }

  @Test func theHeadOpensItsGatesAndIsReadBack() throws {
    let (result, fixture) = try solved()
    let head = result.head
    let gates = try #require(head.gates)
    #expect(head.units == gates.columns && head.lipschitzBound == nil)
    #expect(head.lipschitzBounds == nil)
    let validation = try fixture.validation
    let logits = head.logits(validation.features)
    let (p, d) = (gates.columns, gates.rows)
    for i in 0..<5 {
      for c in 0..<head.classes {
        var expected = 0.0
        for k in 0..<p {
          let side = (0..<d).reduce(0.0) {
            $0 + Double(validation.features[i, $1]) * Double(gates[$1, k])
          }
          guard side >= 0 else { continue }
          expected += (0..<d).reduce(0.0) {
            $0 + Double(validation.features[i, $1])
              * (result.v.v[$1, c * p + k] - result.v.w[$1, c * p + k])
          }
        }
        // float32 sums of 240 products below 1.
        #expect(abs(Double(logits[i, c]) - expected) < 1e-4)
      }
    }
    let correct = zip(logits.argmaxOfRows(), validation.labels).count { $0 == $1 }
    let reported = try #require(result.trace.last?.validationAccuracy)
    // A near tie, one clip of 60, may fall either way in another precision; 1e-9 for the quotients' rounding.
    #expect(abs(Double(correct) / Double(validation.labels.count) - reported) <= 1.0 / 60 + 1e-9)

    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder("head.safetensors")
    let file = HeadFile(
      head: head, languages: (0..<head.classes).map { "l\($0)" }, hyperplanes: result.hyperplanes)
    try file.write(to: path)
    let read = try HeadFile(path: path)
    #expect(read.head == head && read.logits(validation.features) == logits)
  }
}
