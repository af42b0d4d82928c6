/// `c ← alpha·op(a)·op(b) + beta·c`: op(a) `[m, k]`, op(b) `[k, n]`, c `[m, n]`.
/// - Precondition: the shapes agree; a mismatch is a caller's bug.
public func gemm<S: BLASScalar>(
  _ a: Matrix<S>, _ b: Matrix<S>, into c: inout Matrix<S>, transposeA: Bool = false,
  transposeB: Bool = false, alpha: S = 1, beta: S = 0
) {
  let (m, k) = transposeA ? (a.columns, a.rows) : (a.rows, a.columns)
  let (l, n) = transposeB ? (b.columns, b.rows) : (b.rows, b.columns)
  precondition(k == l, "gemm: op(a) [\(m), \(k)], op(b) [\(l), \(n)]")
  precondition(c.rows == m && c.columns == n, "gemm: c \(c.shape), needs [\(m), \(n)]")
  let (lda, ldb) = (a.columns, b.columns)
  unsafe a.withUnsafeElements { a in
    unsafe b.withUnsafeElements { b in
      unsafe c.withUnsafeMutableElements { c in
        unsafe unsafeGEMM(
          m: m, n: n, k: k, alpha: alpha, a: a.baseAddress, lda: lda, transposeA: transposeA,
          b: b.baseAddress, ldb: ldb, transposeB: transposeB, beta: beta, c: c.baseAddress, ldc: n)
      }
    }
  }
}

/// `op(a)·op(b)` as a new matrix.
public func multiply<S: BLASScalar>(
  _ a: Matrix<S>, _ b: Matrix<S>, transposeA: Bool = false, transposeB: Bool = false
) -> Matrix<S> {
  // With beta 0, gemm writes every element.
  var c = unsafe Matrix<S>(
    rows: transposeA ? a.columns : a.rows, columns: transposeB ? b.rows : b.columns, unwritten: ())
  gemm(a, b, into: &c, transposeA: transposeA, transposeB: transposeB)
  return c
}

/// `gemm` on blocks inside larger row-major buffers: row strides `lda`, `ldb`, `ldc`.
/// - Precondition: the buffers hold the blocks that the sizes and strides name.
@unsafe public func unsafeGEMM<S: BLASScalar>(
  m: Int, n: Int, k: Int, alpha: S = 1, a: UnsafePointer<S>?, lda: Int, transposeA: Bool = false,
  b: UnsafePointer<S>?, ldb: Int, transposeB: Bool = false, beta: S = 0,
  c: UnsafeMutablePointer<S>?, ldc: Int
) {
  precondition(
    m >= 0 && n >= 0 && k >= 0 && lda >= (transposeA ? m : k) && ldb >= (transposeB ? k : n)
      && ldc >= n, "gemm: m \(m), n \(n), k \(k), strides \(lda), \(ldb), \(ldc)")
  guard m > 0, n > 0 else { return }
  FLOPCounter.add(2 * m * n * k)
  // BLAS wants strides of at least 1, even where k is 0.
  unsafe S._gemm(
    transposeA, transposeB, m, n, k, alpha, a, max(lda, 1), b, max(ldb, 1), beta, c, ldc)
}

/// `op(a)·x`: a `[m, n]`, x of n elements and the product of m (when transposed, of m and n).
public func multiply<S: BLASScalar>(_ a: Matrix<S>, _ x: [S], transposeA: Bool = false) -> [S] {
  let (m, n) = (a.rows, a.columns)
  precondition(x.count == (transposeA ? m : n), "gemv: a \(a.shape), x \(x.count)")
  var y = [S](repeating: 0, count: transposeA ? n : m)
  guard m > 0, n > 0 else { return y }
  unsafe a.withUnsafeElements { a in
    unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        unsafe unsafeGEMV(
          m: m, n: n, a: a.baseAddress, lda: n, transposeA: transposeA, x: x.baseAddress,
          y: y.baseAddress)
      }
    }
  }
  return y
}

/// `y ← alpha·op(a)·x + beta·y` on a block `[m, n]` with row stride `lda`.
@unsafe public func unsafeGEMV<S: BLASScalar>(
  m: Int, n: Int, alpha: S = 1, a: UnsafePointer<S>?, lda: Int, transposeA: Bool = false,
  x: UnsafePointer<S>?, beta: S = 0, y: UnsafeMutablePointer<S>?
) {
  precondition(m > 0 && n > 0 && lda >= n, "gemv: m \(m), n \(n), stride \(lda)")
  FLOPCounter.add(2 * m * n)
  unsafe S._gemv(transposeA, m, n, alpha, a, lda, x, beta, y)
}

/// The Gram matrix `aᵀ·a`, `[n, n]` for a `[m, n]`: both triangles filled.
public func gram<S: BLASScalar>(_ a: Matrix<S>) -> Matrix<S> {
  var c = Matrix<S>(rows: a.columns, columns: a.columns)
  addLowerGram(of: a, to: &c)
  c.mirrorLowerTriangle()
  return c
}

/// Adds `aᵀ·a` to the lower triangle of c `[n, n]`, for a `[m, n]`.
public func addLowerGram<S: BLASScalar>(of a: Matrix<S>, to c: inout Matrix<S>) {
  precondition(c.shape == [a.columns, a.columns], "syrk: a \(a.shape), c \(c.shape)")
  syrk(a, ofRows: false, beta: 1, into: &c)
}

/// The lower triangle of `a·aᵀ`, `[m, m]` for a `[m, n]`. The triangle above it is never written,
/// so that a large matrix takes half its memory, and means nothing.
public func lowerGramOfRows<S: BLASScalar>(_ a: Matrix<S>) -> Matrix<S> {
  var c = unsafe Matrix<S>(rows: a.rows, columns: a.rows, unwritten: ())
  syrk(a, ofRows: true, beta: 0, into: &c)
  return c
}

private func syrk<S: BLASScalar>(
  _ a: Matrix<S>, ofRows: Bool, beta: S, into c: inout Matrix<S>
) {
  let (n, k, lda) = (c.rows, ofRows ? a.columns : a.rows, a.columns)
  guard n > 0 else { return }
  FLOPCounter.add(n * (n + 1) * k)
  unsafe a.withUnsafeElements { a in
    unsafe c.withUnsafeMutableElements { c in
      unsafe S._syrk(!ofRows, n, k, 1, a.baseAddress, max(lda, 1), beta, c.baseAddress, n)
    }
  }
}

extension Matrix {
  /// Copies the strictly lower triangle onto the upper one.
  /// - Precondition: square.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func mirrorLowerTriangle() {
    precondition(rows == columns, "mirror: \(shape) is not square")
    let (n, block) = (rows, 32)
    unsafe withUnsafeMutableElements { c in
      for i0 in stride(from: 0, to: n, by: block) {
        for j0 in stride(from: 0, through: i0, by: block) {
          for i in i0..<min(i0 + block, n) {
            for j in j0..<min(j0 + block, i) { unsafe c[j * n + i] = c[i * n + j] }
          }
        }
      }
    }
  }
}

extension Matrix {
  /// Multiplies each element of the lower triangle of this `[n, n]` matrix by that of `d·dᵀ`, d `[n, p]`.
  /// What lies above it means nothing afterwards.
  ///
  /// In tiles of rows and columns: `d·dᵀ` as a whole would be as large as this matrix.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func multiplyLowerTriangle(byGramOfRows d: Matrix) {
    precondition(shape == [d.rows, d.rows], "\(shape) and d \(d.shape)")
    let (n, p, high, width) = (rows, d.columns, 512, Swift.min(2048, rows))
    var tile = [Scalar](repeating: 0, count: Swift.min(high, n) * width)
    unsafe withUnsafeMutableElements { elements in
      unsafe d.withUnsafeElements { d in
        unsafe tile.withUnsafeMutableBufferPointer { tile in
          for rows in Self.ranges(of: 0..<n, by: high) {
            for columns in Self.ranges(of: 0..<rows.upperBound, by: width) {
              unsafe unsafeGEMM(
                m: rows.count, n: columns.count, k: p,
                a: d.baseAddress.map { unsafe $0 + rows.lowerBound * p }, lda: p,
                b: d.baseAddress.map { unsafe $0 + columns.lowerBound * p }, ldb: p,
                transposeB: true, c: tile.baseAddress, ldc: width)
              // Each thread writes its own rows.
              nonisolated(unsafe) let (e, factors) = unsafe (elements, tile)
              Threads.concurrentRanges(count: rows.count, minimum: 16) { part in
                for i in part {
                  let row = (rows.lowerBound + i) * n + columns.lowerBound
                  for j in 0..<columns.count { unsafe e[row + j] *= factors[i * width + j] }
                }
              }
            }
          }
        }
      }
    }
  }

  private static func ranges(of range: Range<Int>, by size: Int) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: size).map {
      $0..<Swift.min($0 + size, range.upperBound)
    }
  }
}
