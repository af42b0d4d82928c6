import Foundation
import LinearAlgebra
import Testing

/// The vectorised functions against the C library's in double precision.
@Suite struct ElementwiseTests {
  /// One row of `count` numbers from `lower` to `upper`.
  private func grid(_ lower: Double, _ upper: Double, count: Int) -> Matrix<Float> {
    let step = (upper - lower) / Double(count - 1)
    return Matrix(rows: 1, columns: count) { Float(lower + step * Double($1)) }
  }

  @Test(arguments: [(-87.3, 88.3), (-1.0, 1.0), (-1e-6, 1e-6)])
  func exponentials(_ range: (Double, Double)) {
    let x = grid(range.0, range.1, count: 40_003)
    var y = x
    exponential(&y)
    var worst = 0.0
    for (x, y) in zip(x.elements, y.elements) {
      let expected = exp(Double(x))
      worst = max(worst, abs(Double(y) - expected) / expected)
    }
    // Two roundings of half a unit (6e-8 each); the polynomial's error is far less.
    #expect(worst <= 1.3e-7)
  }

  @Test func exponentialsOfExtremes() {
    var x = Matrix<Float>(
      rows: 1, columns: 5, [-.infinity, -1e30, -100, -0.0, .nan])
    exponential(&x)
    // The smallest normal number stands for 0.
    #expect(x.elements[0...2].allSatisfy { $0 >= 0 && $0 <= 1.3e-38 })
    #expect(x[0, 3] == 1)
    #expect(x[0, 4].isNaN)
  }

  @Test(arguments: [(-12.0, 12.0), (-1.0, 1.0), (-1e-4, 1e-4)])
  func geluAgainstErfc(_ range: (Double, Double)) {
    let x = grid(range.0, range.1, count: 40_003)
    var y = x
    gelu(&y)
    var worst = 0.0
    for (x, y) in zip(x.elements, y.elements) {
      let x = Double(x)
      let expected = 0.5 * x * erfc(-x / 2.0.squareRoot())
      worst = max(worst, abs(Double(y) - expected) / max(abs(x), 1e-3))
    }
    // Relative to x: the fit's 1.3e-8, and the roundings of erf and of 1 + erf near ±1.
    #expect(worst <= 2.5e-7)
  }

  @Test func geluOfExtremes() {
    var x = Matrix<Float>(
      rows: 1, columns: 6, [-1e30, 1e30, .infinity, -0.0, .greatestFiniteMagnitude, .nan])
    gelu(&x)
    #expect(x[0, 0] == 0 && x[0, 1] == 1e30 && x[0, 2] == .infinity && x[0, 3] == 0)
    #expect(x[0, 4] == .greatestFiniteMagnitude && x[0, 5].isNaN)
  }

  /// Widths around the vector length; `scale` as attention uses it.
  @Test(arguments: [1, 7, 8, 9, 16, 31, 100])
  func softmax(_ columns: Int) {
    let scale: Float = 0.125
    let x = Matrix<Float>(rows: 3, columns: columns) { i, j in
      sinf(Float(i * 37 + j * 13)) * 40 + Float(i) * 1000
    }
    var y = x
    softmaxRows(&y, scale: scale)
    for i in 0..<3 {
      let row = x.row(i).map { Double(scale) * Double($0) }
      let largest = row.max() ?? 0
      let sum = row.reduce(0) { $0 + exp($1 - largest) }
      for j in 0..<columns {
        let expected = exp(row[j] - largest) / sum
        // Exponents of up to 10 lose 10·6e-8; the exponential, the sum and the quotient a few
        // half-units more.
        #expect(abs(Double(y[i, j]) - expected) <= 1.2e-6 * expected)
      }
    }
  }

  @Test func softmaxOfExtremes() {
    var x = Matrix<Float>(
      rows: 3, columns: 9,
      [Float](repeating: 3e38, count: 9) + [0] + [Float](repeating: -.infinity, count: 8)
        + [.nan] + [Float](repeating: 1, count: 8))
    softmaxRows(&x)
    // 1 divided by 9 in float32: half a unit there is 4e-9. The smallest normal number stands for 0.
    #expect(x.row(0).allSatisfy { abs($0 - 1 / 9) <= 1e-8 })
    #expect(x[1, 0] == 1 && x.row(1).dropFirst().allSatisfy { $0 <= 1.3e-38 })
    #expect(x.row(2).allSatisfy { $0.isNaN })
  }

  @Test func causalSoftmax() {
    var x = Matrix<Float>(rows: 4, columns: 5) { Float($0 * 5 + $1) }
    let full = x
    softmaxRows(&x, causalLength: 2)
    for i in 0..<4 {
      let visible = min(2 + i, 5)
      var kept = Matrix(rows: 1, columns: visible, Array(full.row(i).prefix(visible)))
      softmaxRows(&kept)
      #expect(x.row(i) == kept.elements + [Float](repeating: 0, count: 5 - kept.columns))
    }
  }

  /// Large enough for several threads.
  @Test(arguments: [(3, 7), (5, 64), (600, 130)])
  func layerNorm(_ shape: (Int, Int)) {
    let (rows, columns) = shape
    let x = Matrix<Float>(rows: rows, columns: columns) { sinf(Float($0 * 91 + $1 * 7)) * 5 + 3 }
    let gamma = (0..<columns).map { Float($0 % 5) - 2 }
    let beta = (0..<columns).map { Float($0 % 3) }
    var y = x
    layerNormRows(x, gamma: gamma, beta: beta, epsilon: 1e-5, into: &y)
    var worst = 0.0
    for i in 0..<rows {
      let row = x.row(i).map(Double.init)
      let mean = row.reduce(0, +) / Double(columns)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
      for j in 0..<columns {
        let z = (row[j] - mean) / (variance + 1e-5).squareRoot()
        worst = max(worst, abs(Double(y[i, j]) - (z * Double(gamma[j]) + Double(beta[j]))))
      }
    }
    // |z| ≤ 2, |gamma| ≤ 2: a few units of 1.2e-7 on values up to 6.
    #expect(worst <= 3e-6)
  }

  @Test func biasesAndSums() {
    let x = Matrix<Float>(rows: 300, columns: 131) { Float($0) - Float($1) * 0.01 }
    let bias = (0..<131).map { Float($0) * 0.5 }
    var biased = x
    addBias(bias, to: &biased)
    #expect(biased == Matrix(rows: 300, columns: 131) { x[$0, $1] + bias[$1] })
    var fused = x
    addBiasGELU(bias, to: &fused)
    gelu(&biased)
    #expect(fused == biased)
    var sum = x
    add(biased, to: &sum)
    #expect(sum == Matrix(rows: 300, columns: 131) { x[$0, $1] + biased[$0, $1] })
  }

  /// The scopes of several threads overlap; the products are those of threaded BLAS.
  @Test func serialBLAS() {
    let a = Matrix<Float>(rows: 200, columns: 150) { Float(($0 * 7 + $1) % 11) }
    let expected = multiply(a, a, transposeB: true)
    let nested = Threads.withSerialBLAS {
      Threads.withSerialBLAS { multiply(a, a, transposeB: true) }
    }
    // Whole numbers under 2²⁴: exact in any order.
    #expect(nested == expected)
    #expect(multiply(a, a, transposeB: true) == expected)
  }
}
