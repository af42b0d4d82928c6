import LinearAlgebra
import Testing

@testable import Cronos

@Suite struct FeatureGramTests {
  /// (τI + σK)·x and R·(τI + σK)·Rᵀ by the definition; `tiny` is a τ that K's rounding swallows.
  @Test(arguments: [0.5, 1e-18], [0.0, 0.3, 1])
  func inverseAndRootBelongToTheShiftedMatrix(_ shift: Double, _ scale: Double) throws {
    let (n, d) = (5, 8)  // K has rank 5
    let x = Matrix<Double>(
      rows: n, columns: d,
      ThreefryKey(seed: 3).split().draw.normals(count: n * d).map { Double($0) })
    let lower = lowerGramInDouble(x)
    let inverse = try ShiftedGramInverse<Double>(.dense(lower), shift: shift, scale: scale)
    var k = lower
    k.mirrorLowerTriangle()
    // Of a right-hand side in the range of X, as K's are; beside it 1/τ is all that is left.
    let weights = Matrix<Double>(rows: n, columns: 2) { i, j in Double(i + 2 * j + 1) }
    let b = multiply(x, weights, transposeA: true)
    let solution = inverse(b)
    var image = solution
    image.apply { shift * $0 }
    gemm(k, solution, into: &image, alpha: scale, beta: 1)
    let white = inverse.whitened(rows: x)
    let outer = multiply(white, white, transposeB: true)
    let expected = multiply(x, inverse(x.transposed))
    for i in 0..<d {
      for j in 0..<2 {
        // Rounding of K, 1e-15, is 1/√τ large in the null space where τ is tiny.
        let tolerance = shift < 1e-9 && scale > 0 ? 1e-5 : 1e-11
        #expect(
          abs(image[i, j] - b[i, j]) < tolerance * abs(b[i, j]) + tolerance, "\(shift), \(scale)")
      }
    }
    for i in 0..<n {
      for j in 0..<n {
        // XXᵀ/τ itself where σ = 0; elsewhere numbers near 1/σ.
        let tolerance = 1e-11 * max(1, abs(expected[i, j]))
        #expect(abs(outer[i, j] - expected[i, j]) < tolerance, "\(shift), \(scale)")
      }
    }
  }

  @Test func outputsOfAPairAreThoseOfTheDefinition() {
    // 19 hyperplanes: a full register and a rest.
    let (n, classes, p) = (7, 2, 19)
    let numbers = ThreefryKey(seed: 5).split().draw.normals(count: n * (2 * classes + 1) * p)
    let products = Matrix<Double>(
      rows: n, columns: 2 * classes * p, numbers.prefix(2 * n * classes * p).map { Double($0) })
    let active = Matrix<Double>(
      rows: n, columns: p, numbers.suffix(n * p).map { $0 > 0 ? 1 : 0 })
    let outputs = ProgramOutputs(products, active: active)
    var violation = 0.0
    for i in 0..<n {
      for c in 0..<classes {
        var (fit, network) = (0.0, 0.0)
        for (half, sign) in [(0, 1.0), (1, -1)] {
          for k in 0..<p {
            let x = products[i, (half * classes + c) * p + k]
            fit += sign * active[i, k] * x
            network += sign * max(x, 0)
            let outside = min((2 * active[i, k] - 1) * x, 0)
            violation += outside * outside
          }
        }
        // 38 numbers of order 1 in another order.
        #expect(abs(outputs.fit[i, c] - fit) < 1e-13)
        #expect(abs(outputs.network[i, c] - network) < 1e-13)
      }
    }
    // 532 squares that add up to some 270, below 512, where half a unit is 2.8e-14: √532 of these.
    #expect(abs(outputs.squaredViolation - violation) < 1e-12)
  }
}
