import LinearAlgebra
import Testing

/// Orders from which the factorisation goes block by block; neither is a multiple of the block's 384.
@Suite struct BlockedCholeskyTests {
  private static func definite(_ n: Int) -> Matrix<Double> {
    var numbers = TestNumbers(seed: UInt64(n))
    var a = Matrix<Double>(rows: n, columns: n)
    addLowerGram(of: numbers.matrix(50, n), to: &a)
    for i in 0..<n { a[i, i] += 10 }
    return a
  }

  @Test(arguments: [2048, 2500])
  func theFactorsProductIsTheMatrix(_ n: Int) throws {
    let a = Self.definite(n)
    var full = a
    full.mirrorLowerTriangle()
    func misfit<S: BLASScalar>(_ l: Matrix<S>) -> Double {
      let factor = l.converted(to: Double.self)
      var product = multiply(factor, factor, transposeB: true)
      product.combine(full) { x, y in x - y }
      return product.norm / full.norm
    }
    // n·ε (Higham, Theorem 10.3, without its constant), and √n·ε in float32, where n·ε would hide a lot.
    #expect(misfit(try cholesky(a)) < Double(n) * 1.1e-16)
    #expect(misfit(try cholesky(a.converted(to: Float.self))) < Double(n).squareRoot() * 6e-8)
  }

  @Test func theTriangleAboveIsLeft() throws {
    var a = Self.definite(2100)
    for i in 0..<2100 { for j in (i + 1)..<2100 { a[i, j] = .nan } }
    try factorCholesky(&a)
    for i in stride(from: 0, to: 2100, by: 7) {
      #expect((0..<2100).allSatisfy { a[i, $0].isNaN == ($0 > i) }, "row \(i)")
    }
  }

  /// In the first block, in one between, and in the last.
  @Test(arguments: [1, 900, 2100])
  func indefiniteMatricesAreNamed(_ order: Int) {
    var a = Self.definite(2100)
    a[order - 1, order - 1] = -1
    #expect(throws: LAPACKError.notPositiveDefinite(routine: "potrf", order: order)) {
      try factorCholesky(&a)
    }
  }
}
