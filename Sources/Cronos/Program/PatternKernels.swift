import LinearAlgebra

/// The element-wise halves of F and G: products with the patterns D, and sums over hyperplanes.
/// Rows are independent and are split over threads.
enum PatternKernels {
  /// Rows a thread takes at least: below that, starting it costs more than it saves.
  private static let minimumRows = 256

  /// `out[i, c] ← Σ_p D[i, p]·a[i, cP + p]`.
  static func sumActive<S: BLASScalar>(
    _ a: Matrix<S>, active: Matrix<S>, into out: inout Matrix<S>
  ) {
    let (n, p) = (active.rows, active.columns)
    let classes = a.columns / max(p, 1)
    precondition(
      a.rows == n && a.columns == classes * p && out.shape == [n, classes],
      "a \(a.shape), D \(active.shape), out \(out.shape)")
    unsafe out.withUnsafeMutableElements { outElements in
      unsafe a.withUnsafeElements { aElements in
        unsafe active.withUnsafeElements { dElements in
          guard let a0 = aElements.baseAddress, let d0 = dElements.baseAddress else { return }
          // Each thread writes its own rows.
          nonisolated(unsafe) let (out, a, d) = unsafe (outElements, a0, d0)
          Threads.concurrentRanges(count: n, minimum: minimumRows) { rows in
            for i in rows {
              for c in 0..<classes {
                let at = i * classes + c
                // Sixteen partial sums round less than one running sum.
                var sum = SIMD16<S>.zero
                for k in stride(from: 0, to: p, by: 16) {
                  unsafe sum.addProduct(
                    SIMD16(d + i * p + k, count: p - k), SIMD16(a + at * p + k, count: p - k))
                }
                unsafe out[at] = sum.sum()
              }
            }
          }
        }
      }
    }
  }

  /// `out[i, cP + p] ← scale·D[i, p]·z[i, c]`.
  static func spread<S: BLASScalar>(
    _ z: Matrix<S>, scale: S, active: Matrix<S>, into out: inout Matrix<S>
  ) {
    let (n, p, classes) = (active.rows, active.columns, z.columns)
    precondition(
      z.rows == n && out.rows == n && out.columns == classes * p,
      "z \(z.shape), D \(active.shape), out \(out.shape)")
    unsafe rows(of: &out, with: active, and: z) { out, d, z, rows in
      for i in rows {
        for c in 0..<classes {
          let at = (i * classes + c) * p
          let value = unsafe scale * z[i * classes + c]
          for k in 0..<p { unsafe out[at + k] = d[i * p + k] * value }
        }
      }
    }
  }

  /// `out ← E∘a` with E = 2D − 1, for `a` `[n, C·P]`.
  static func sign<S: BLASScalar>(_ a: Matrix<S>, active: Matrix<S>, into out: inout Matrix<S>) {
    map(a, active: active, into: &out) { a, d in (2 * d - 1) * a }
  }

  /// `out ← f(a, d)` with d the pattern entry of the same sample and hyperplane.
  @inline(__always)
  static func map<S: BLASScalar>(
    _ a: Matrix<S>, active: Matrix<S>, into out: inout Matrix<S>,
    _ f: @Sendable (_ a: S, _ d: S) -> S
  ) {
    let (n, p) = (active.rows, active.columns)
    let classes = a.columns / max(p, 1)
    precondition(
      a.shape == out.shape && a.rows == n, "a \(a.shape), D \(active.shape), out \(out.shape)")
    unsafe rows(of: &out, with: active, and: a) { out, d, a, rows in
      for i in rows {
        for c in 0..<classes {
          let at = (i * classes + c) * p
          for k in 0..<p { unsafe out[at + k] = f(a[at + k], d[i * p + k]) }
        }
      }
    }
  }

  /// `a[i, cP + p] ← D[i, p]·a[i, cP + p]`.
  static func mask<S: BLASScalar>(_ a: inout Matrix<S>, active: Matrix<S>) {
    let source = a
    map(source, active: active, into: &a) { a, d in d * a }
  }

  /// Runs `body` on ranges of rows at the same time; each call writes only its own rows of `out`.
  @inline(__always)
  @unsafe static func rows<S: BLASScalar>(
    of out: inout Matrix<S>, with d: Matrix<S>, and a: Matrix<S>,
    _ body:
      @Sendable (
        UnsafeMutableBufferPointer<S>, UnsafeBufferPointer<S>, UnsafeBufferPointer<S>, Range<Int>
      ) -> Void
  ) {
    let n = out.rows
    unsafe out.withUnsafeMutableElements { outElements in
      unsafe d.withUnsafeElements { dElements in
        unsafe a.withUnsafeElements { aElements in
          // Ranges of rows are disjoint, and only `out` is written.
          nonisolated(unsafe) let (out, d, a) = unsafe (outElements, dElements, aElements)
          Threads.concurrentRanges(count: n, minimum: minimumRows) { rows in
            unsafe body(out, d, a, rows)
          }
        }
      }
    }
  }
}
