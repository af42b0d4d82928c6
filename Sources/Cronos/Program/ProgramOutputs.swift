import LinearAlgebra

/// What weights (v, w) put out, from their products a = (X·v, X·w), a pair of `[n, C·P]`.
struct ProgramOutputs<S: BLASScalar> {
  /// `Σ_p D[i, p]·a[i, cP + p]` of v, less that of w: of the convex program, `[n, C]`.
  let fit: Matrix<S>
  /// `Σ_p max(a[i, cP + p], 0)` of v, less that of w: of the ReLU network, `[n, C]`.
  let network: Matrix<S>
  /// `‖min(E∘a, 0)‖²`.
  let squaredViolation: Double

  /// - Parameters:
  ///   - products: a, `[n, 2·C·P]`.
  ///   - active: D, `[n, P]`.
  init(_ products: Matrix<S>, active: Matrix<S>) {
    let (n, p) = (active.rows, active.columns)
    // Of both halves.
    let classes = products.columns / max(p, 1)
    precondition(
      products.rows == n && products.columns == classes * p && classes.isMultiple(of: 2),
      "products \(products.shape), D \(active.shape)")
    var (fit, network) = (
      Matrix<S>(rows: n, columns: classes), Matrix<S>(rows: n, columns: classes)
    )
    let total = unsafe fit.withUnsafeMutableElements { fitElements in
      unsafe network.withUnsafeMutableElements { networkElements in
        unsafe products.withUnsafeElements { aElements in
          unsafe active.withUnsafeElements { dElements in
            guard let a0 = aElements.baseAddress, let d0 = dElements.baseAddress else {
              return SIMD4<Double>.zero
            }
            // Each thread writes its own rows.
            nonisolated(unsafe) let (fit, network, a, d) = unsafe (
              fitElements, networkElements, a0, d0
            )
            return Threads.concurrentSum(count: n, minimum: 256) { rows in
              var total = SIMD4<Double>.zero
              for i in rows {
                for c in 0..<classes {
                  let at = i * classes + c
                  let sums = unsafe Self.sums(a + at * p, d + i * p, count: p)
                  unsafe fit[at] = sums.fit
                  unsafe network[at] = sums.network
                  total[0] += Double(sums.violation)
                }
              }
              return total
            }
          }
        }
      }
    }
    self.fit = BlockPair(both: fit).difference()
    self.network = BlockPair(both: network).difference()
    squaredViolation = total[0]
  }

  @inline(__always)
  @unsafe private static func sums(
    _ a: UnsafePointer<S>, _ d: UnsafePointer<S>, count: Int
  ) -> (fit: S, network: S, violation: S) {
    var (fit, network, violation) = (SIMD16<S>.zero, SIMD16<S>.zero, SIMD16<S>.zero)
    for k in stride(from: 0, to: count, by: 16) {
      let (a, d) = unsafe (SIMD16(a + k, count: count - k), SIMD16(d + k, count: count - k))
      let outside = ((1 - 2 * d) * a).positivePart
      fit.addProduct(d, a)
      network += a.positivePart
      violation.addProduct(outside, outside)
    }
    return (fit: fit.sum(), network: network.sum(), violation: violation.sum())
  }
}
