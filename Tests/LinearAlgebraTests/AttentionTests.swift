import Foundation
import Testing

@testable import LinearAlgebra

/// `unsafeAttention` against the definition in float64, with lengths around its blocks of 6 rows and
/// its panels of 16 keys and columns. Builds for tests leave its innermost products to BLAS, so
/// `multiplyBlock` has tests of its own.
@Suite struct AttentionTests {
  /// Queries, keys and values side by side in rows that are longer still.
  private struct Problem: CustomStringConvertible {
    var projected: Matrix<Float>
    let length, size: Int
    let scale: Float
    let description: String

    init(_ length: Int, _ size: Int, seed: UInt64 = 23) {
      var numbers = TestNumbers(seed: seed)
      projected = numbers.matrix(length, 3 * size + 5)
      (self.length, self.size) = (length, size)
      scale = 1 / Float(size).squareRoot()
      description = "seed \(seed), length \(length), size \(size)"
    }

    /// Part 0: queries, 1: keys, 2: values; element j of a row.
    subscript(_ part: Int, _ row: Int, _ j: Int) -> Float {
      get { projected[row, part * size + j] }
      set { projected[row, part * size + j] = newValue }
    }

    /// The output of these queries, `[range.count, size]`, all of them by default. Its rows have a gap after
    /// them, which must stay as it is.
    func attention(_ range: Range<Int>? = nil) -> Matrix<Float> {
      let range = range ?? 0..<length
      let (stride, gap) = (projected.columns, 3)
      var output = Matrix<Float>(rows: range.count, columns: size + gap) { _, _ in -7 }
      projected.withUnsafeElements { projected in
        output.withUnsafeMutableElements { output in
          let start = projected.baseAddress!
          unsafeAttention(
            queries: start + range.lowerBound * stride, count: range.count, keys: start + size,
            values: start + 2 * size, length: length, size: size, stride: stride, scale: scale,
            into: output.baseAddress!, outputStride: size + gap)
        }
      }
      for i in 0..<range.count {
        #expect(output.row(i).suffix(gap).allSatisfy { $0 == -7 }, "\(self), row \(i)")
      }
      return Matrix(rows: range.count, columns: size) { output[$0, $1] }
    }

    /// One row of a part in float64.
    private func row(_ part: Int, _ row: Int) -> [Double] {
      projected.row(row)[part * size..<(part + 1) * size].map(Double.init)
    }

    /// The largest error of the output of these queries, in units of its bound.
    func worst(_ output: Matrix<Float>, _ range: Range<Int>) -> Double {
      let (keys, values) = ((0..<length).map { row(1, $0) }, (0..<length).map { row(2, $0) })
      let (scale, unit) = (Double(scale), Double(Float.ulpOfOne))
      var worst = 0.0
      for i in range {
        let query = row(0, i)
        let products = keys.map { zip(query, $0).map(*) }
        let scores = products.map { scale * $0.reduce(0, +) }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)

        // A score of `size` terms is off by size·ε·Σ|terms| at most (Higham, §3.1), and so is the
        // largest, which is subtracted; the exponential adds 1.2e-7 and 6e-8 for each unit of its
        // argument. A weight's relative error counts twice, in the product and in the sum, and
        // both have `length` terms.
        let terms = products.map { $0.reduce(0) { $0 + abs($1) } }.max() ?? 0
        let span = largest - (scores.min() ?? 0)
        let weight = 2 * scale * Double(size) * unit * terms + unit * (1 + span)
        let relative = 2 * weight + 2 * Double(length + 1) * unit
        for j in 0..<size {
          let column = zip(weights, values).map { $0 * $1[j] / sum }
          let error = abs(Double(output[i - range.lowerBound, j]) - column.reduce(0, +))
          let bound = relative * column.reduce(0) { $0 + abs($1) }
          worst = error <= bound ? max(worst, error / bound) : .infinity
        }
      }
      return worst
    }
  }

  @Test(arguments: [1, 2, 5, 6, 7, 15, 16, 17, 37, 100], [1, 3, 16, 17, 32, 33, 64, 80])
  func softmaxOfTheScoresTimesTheValues(_ length: Int, _ size: Int) {
    let problem = Problem(length, size)
    #expect(problem.worst(problem.attention(), 0..<length) <= 1, "\(problem)")
  }

  /// As threads split them.
  @Test(arguments: [(0, 1), (3, 5), (1, 6), (2, 9), (0, 12), (30, 7), (5, 0)])
  func someOfTheQueries(_ part: (first: Int, count: Int)) {
    let problem = Problem(37, 40)
    let range = part.first..<part.first + part.count
    #expect(problem.worst(problem.attention(range), range) <= 1, "\(problem), \(range)")
  }

  @Test(arguments: [1, 6, 17, 50])
  func equalScoresGiveTheMean(_ length: Int) {
    var problem = Problem(length, 33)
    for i in 0..<length {
      for j in 0..<33 { problem[1, i, j] = problem[1, 0, j] }
    }
    let output = problem.attention()
    for j in 0..<33 {
      let column = (0..<length).map { Double(problem[2, $0, j]) }
      let mean = column.reduce(0, +) / Double(length)
      // The weights are 1 exactly: a sum of `length` terms, the reciprocal and a product.
      let bound = Double(length + 2) * Double(Float.ulpOfOne)
      let scale = column.reduce(0) { $0 + abs($1) } / Double(length)
      for i in 0..<length { #expect(abs(Double(output[i, j]) - mean) <= bound * scale) }
    }
  }

  /// Where a number is lost, it is seen, and nowhere else.
  @Test func notANumberStaysVisible() {
    let (length, size) = (20, 33)
    let sound = Problem(length, size)

    var query = sound
    query[0, 7, 2] = .nan
    let rows = query.attention()
    let expected = sound.attention()
    #expect(rows.row(7).allSatisfy { $0.isNaN })
    for i in 0..<length where i != 7 { #expect(rows.row(i) == expected.row(i)) }

    for lost in [Float.nan, .infinity] {
      // Element 0 of all queries is positive, so that the scores are +∞.
      var key = sound
      for i in 0..<length { key[0, i, 0] = 1 }
      key[1, 19, 0] = lost
      #expect(key.attention().elements.allSatisfy { $0.isNaN })

      var value = sound
      value[2, 3, 32] = lost
      let output = value.attention()
      for i in 0..<length {
        #expect(!output[i, 32].isFinite)
        #expect(output.row(i).dropLast() == expected.row(i).dropLast())
      }
    }
  }

  /// Those of the two products.
  @Test func operationsAreCounted() {
    let problem = Problem(17, 33)
    let operations = FLOPCounter.counting { problem.attention(2..<10) }.operations
    #expect(operations == 2 * (2 * 8 * 17 * 33))
  }

  @Test(arguments: [0, 1, 2, 3, 16, 33])
  func blocksOfProducts(_ count: Int) {
    // Whole numbers under 2²⁴: exact in any order. Rows of both have a gap after them.
    let a = Matrix<Float>(rows: 6, columns: count + 2) { Float(($0 * 7 + $1 * 5) % 13 - 6) }
    let b = Matrix<Float>(rows: count, columns: 16) { Float(($0 * 3 + $1 * 11) % 17 - 8) }
    var c = Matrix<Float>(rows: 6, columns: 19) { _, _ in -7 }
    a.withUnsafeElements { a in
      // Without rows, b has no address.
      (b.elements + [0]).withUnsafeBufferPointer { b in
        c.withUnsafeMutableElements { c in
          multiplyBlock(
            a.baseAddress!, stride: count + 2, count: count, b.baseAddress!, into: c.baseAddress!,
            stride: 19)
        }
      }
    }
    let expected = Matrix<Float>(rows: 6, columns: 19) { i, l in
      l < 16 ? (0..<count).reduce(0) { $0 + a[i, $1] * b[$1, l] } : -7
    }
    #expect(c == expected)
  }
}
