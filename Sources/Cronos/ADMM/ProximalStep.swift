import LinearAlgebra

extension Matrix {
  /// The sums of squares of the columns, `[columns]`, in float64.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func squaredColumnSums() -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    let (rows, columns) = (rows, columns)
    unsafe withUnsafeElements { e in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        // Each thread has its own columns, so that rounding does not depend on their number.
        nonisolated(unsafe) let (e, sums) = unsafe (e, sums)
        Threads.concurrentRanges(count: columns, minimum: max(16, 65_536 / max(rows, 1))) { part in
          for i in 0..<rows {
            for j in part {
              let x = unsafe Double(e[i * columns + j])
              unsafe sums[j] += x * x
            }
          }
        }
      }
    }
    return sums
  }

  /// The norms of the columns, `[columns]`.
  func columnNorms() -> [Double] { squaredColumnSums().map { $0.squareRoot() } }

  /// Shrinks each column towards zero: `a ← (1 − τ/max(τ, ‖a‖))·a`, the proximal step of τ‖·‖₂
  /// (Parikh & Boyd 2014, §6.5.1).
  /// - Returns: the largest ‖a‖ before.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func shrinkColumns(by threshold: Double) -> Double {
    let norms = columnNorms()
    let factors = norms.map { Scalar($0 > threshold ? 1 - threshold / $0 : 0) }
    let (rows, columns) = (rows, columns)
    unsafe withUnsafeMutableElements { e in
      unsafe factors.withUnsafeBufferPointer { factors in
        // Each thread writes its own rows.
        nonisolated(unsafe) let (e, factors) = unsafe (e, factors)
        Threads.concurrentRanges(count: rows, minimum: max(1, 65_536 / max(columns, 1))) { part in
          for i in part {
            for j in 0..<columns { unsafe e[i * columns + j] *= factors[j] }
          }
        }
      }
    }
    return norms.max() ?? 0
  }
}
