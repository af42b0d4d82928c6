import LinearAlgebra
import Testing

/// Triangular solves with few columns and the lower-triangle product, where n is too large for one block
/// of anything: 1,024 is the least order that leaves BLAS's own `trsm`.
@Suite struct ThinTriangularSolveTests {
  /// A lower factor that is far from singular, and something above the diagonal that must not be read.
  private static func factor(_ n: Int, _ numbers: inout TestNumbers) -> Matrix<Double> {
    var l: Matrix<Double> = numbers.matrix(n, n)
    for i in 0..<n {
      for j in 0..<n { l[i, j] = j > i ? .nan : l[i, j] / Double(n) }
      l[i, i] = 1 + abs(l[i, i])
    }
    return l
  }

  @Test(arguments: [(1024, 1), (1301, 5), (1100, 16)], [false, true])
  func solutionsSatisfyTheEquations(_ shape: (Int, Int), _ transpose: Bool) {
    let (n, m) = shape
    var numbers = TestNumbers(seed: UInt64(n + m))
    let l = Self.factor(n, &numbers)
    let b: Matrix<Double> = numbers.matrix(n, m)
    var x = b
    solveLower(l, into: &x, transpose: transpose)
    for i in 0..<n {
      for c in 0..<m {
        let known = transpose ? (i..<n) : (0..<(i + 1))
        let sum = known.reduce(0) { $0 + (transpose ? l[$1, i] : l[i, $1]) * x[$1, c] }
        // n terms below 1 in float64 (Higham, §8.1), with room for another order of the sums.
        #expect(abs(sum - b[i, c]) < 1e-12, "row \(i), column \(c)")
      }
    }
    var single: Matrix<Float> = b.converted()
    solveLower(l.converted(to: Float.self), into: &single, transpose: transpose)
    for i in 0..<n {
      for c in 0..<m {
        // The same in float32, whose 6e-8 adds up over n terms without a sign: √n of it are 2e-6, for the sums
        // and again for the rounded factor.
        #expect(abs(Double(single[i, c]) - x[i, c]) < 1e-5, "row \(i), column \(c)")
      }
    }
  }

  @Test(arguments: [(1, 3), (130, 7), (2100, 5)])
  func theLowerTriangleIsMultipliedByTheGramMatrix(_ shape: (Int, Int)) {
    let (n, p) = shape
    var numbers = TestNumbers(seed: UInt64(n))
    let (a, d): (Matrix<Double>, Matrix<Double>) = (numbers.matrix(n, n), numbers.matrix(n, p))
    var product = a
    product.multiplyLowerTriangle(byGramOfRows: d)
    let gram = multiply(d, d, transposeB: true)
    for i in 0..<n {
      for j in 0...i {
        // Sums of p terms below 1 in another order.
        #expect(abs(product[i, j] - a[i, j] * gram[i, j]) < 1e-13, "(\(i), \(j))")
      }
    }
  }
}
