import LinearAlgebra
import Testing

@testable import Cronos

/// Groups of columns side by side, each a system of its own with the same matrix.
@Suite struct ConjugateGradientsTests {
  private static let (d, width, seed) = (6, 2, UInt64(41))
  /// Symmetric, with eigenvalues of 1 and more.
  private let matrix: Matrix<Double>
  private let sides: Matrix<Double>

  init() {
    var random = SeededGenerator(seed: Self.seed)
    var matrix = gram(random.normals(Self.d, Self.d))
    for a in 0..<Self.d { matrix[a, a] += 1 }
    self.matrix = matrix
    var sides = random.normals(Self.d, 3 * Self.width)
    // The second group has nothing to do.
    for a in 0..<Self.d { for k in Self.width..<(2 * Self.width) { sides[a, k] = 0 } }
    self.sides = sides
  }

  /// By Jacobi's preconditioner.
  private func solve(steps: Int, limits: [Double]?) -> (x: Matrix<Double>, LinearSolveReport) {
    var x = sides
    let report = ConjugateGradients<Double>(
      width: Self.width, maximumSteps: steps, communicator: SingleProcess(),
      scratch: ScratchMemory()
    ).solve(
      &x, applying: { gemm(matrix, $0, into: &$1) },
      preconditioning: { residual, out in
        out.copyElements(of: residual)
        out.scaleRows(by: (0..<Self.d).map { 1 / matrix[$0, $0] })
      }, limits: limits)
    return (x, report)
  }

  /// ‖b − Ax‖ and ‖b‖ of each group.
  private func residuals(_ x: Matrix<Double>) -> [(left: Double, given: Double)] {
    let image = multiply(matrix, x)
    return stride(from: 0, to: sides.columns, by: Self.width).map { first in
      var (left, given) = (0.0, 0.0)
      for a in 0..<Self.d {
        for k in first..<(first + Self.width) {
          left += (sides[a, k] - image[a, k]) * (sides[a, k] - image[a, k])
          given += sides[a, k] * sides[a, k]
        }
      }
      return (left.squareRoot(), given.squareRoot())
    }
  }

  /// What is reported is what is left, of the worst group.
  @Test(arguments: [1, 2, 3]) func someSteps(_ steps: Int) {
    for limits in [nil, [1e-12, 1e-12, 1e-12]] {
      let (x, report) = solve(steps: steps, limits: limits)
      let left = residuals(x)
      let worst = max(left[0].left / left[0].given, left[2].left / left[2].given)
      #expect(report.steps == steps && report.isAboveTolerance == limits.map { _ in true })
      // Two sums of 36 products.
      #expect(abs(report.relativeResidual - worst) < 1e-13, "seed \(Self.seed): \(worst)")
      #expect(worst > 1e-3, "else this shows nothing")
    }
  }

  /// Each group ends where its own limit is reached, and goes no further.
  @Test func limitsAreThoseOfTheGroups() {
    let all = solve(steps: 100, limits: [1e-12, 1e-12, 1e-12])
    // Each group of two columns has no more than 2d directions.
    #expect(all.1.steps <= 2 * Self.d + 1 && all.1.isAboveTolerance == false)
    for left in residuals(all.x) { #expect(left.left < 1e-11) }
    #expect(all.x.columnNorms()[2...3].allSatisfy { $0 == 0 })

    let one = solve(steps: 1, limits: nil).x
    let loose = residuals(one)[0].left
    let uneven = solve(steps: 100, limits: [loose * 1.001, 1e-12, 1e-12])
    for a in 0..<Self.d {
      for k in 0..<Self.width { #expect(uneven.x[a, k] == one[a, k], "after its only step") }
    }
    #expect(residuals(uneven.x)[2].left < 1e-11 && uneven.1.isAboveTolerance == false)
  }
}
