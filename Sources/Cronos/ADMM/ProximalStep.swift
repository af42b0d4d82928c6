import LinearAlgebra

extension Matrix {
  /// The sums of squares of the columns, `[columns]`, in float64.
  func squaredColumnSums() -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    let (rows, columns) = (rows, columns)
    unsafe withUnsafeElements { e in
      for i in 0..<rows {
        for j in 0..<columns {
          let x = unsafe Double(e[i * columns + j])
          sums[j] += x * x
        }
      }
    }
    return sums
  }

  /// The norms of the columns, `[columns]`.
  func columnNorms() -> [Double] { squaredColumnSums().map { $0.squareRoot() } }

  /// Shrinks each column towards zero: `a ← (1 − τ/max(τ, ‖a‖))·a`, the proximal step of τ‖·‖₂.
  /// - Returns: the largest ‖a‖ before.
  mutating func shrinkColumns(by threshold: Double) -> Double {
    let norms = columnNorms()
    let factors = norms.map { Scalar($0 > threshold ? 1 - threshold / $0 : 0) }
    let (rows, columns) = (rows, columns)
    unsafe withUnsafeMutableElements { e in
      for i in 0..<rows {
        for j in 0..<columns { unsafe e[i * columns + j] *= factors[j] }
      }
    }
    return norms.max() ?? 0
  }
}
