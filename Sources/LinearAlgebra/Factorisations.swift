/// The lower triangular L of `a = L·Lᵀ`; the upper triangle of the result is zero.
/// Only the lower triangle of `a` is read.
/// - Throws: `LAPACKError.notPositiveDefinite`, or `.refused` without memory.
public func cholesky<S: BLASScalar>(_ a: Matrix<S>) throws(LAPACKError) -> Matrix<S> {
  var l = a
  try factorCholesky(&l)
  let n = l.rows
  unsafe l.withUnsafeMutableElements { l in
    for i in 0..<n { for j in (i + 1)..<n { unsafe l[i * n + j] = 0 } }
  }
  return l
}

/// Overwrites the lower triangle of `a` with L of `a = L·Lᵀ` and leaves the strictly upper triangle.
/// - Throws: `LAPACKError.notPositiveDefinite`, or `.refused` without memory.
public func factorCholesky<S: BLASScalar>(_ a: inout Matrix<S>) throws(LAPACKError) {
  precondition(a.rows == a.columns, "potrf: \(a.shape) is not square")
  let n = a.rows
  guard n > 0 else { return }
  FLOPCounter.add(n * n * n / 3)
  let info = unsafe a.withUnsafeMutableElements { a in
    guard n >= BlockedCholesky.minimumOrder, let base = a.baseAddress else {
      return unsafe S._potrf(n, a.baseAddress, n)
    }
    return unsafe BlockedCholesky.factor(base, order: n)
  }
  if info > 0 { throw .notPositiveDefinite(routine: "potrf", order: info) }
  if info < 0 { throw .refused(routine: "potrf", info: info) }
}

/// `b ← L⁻¹·b`, or `L⁻ᵀ·b` when transposed; L `[n, n]` lower triangular, b `[n, m]`.
public func solveLower<S: BLASScalar>(
  _ l: Matrix<S>, into b: inout Matrix<S>, transpose: Bool = false
) {
  precondition(l.rows == l.columns && l.rows == b.rows, "trsm: L \(l.shape), b \(b.shape)")
  let (n, m) = (b.rows, b.columns)
  guard n > 0, m > 0 else { return }
  FLOPCounter.add(n * n * m)
  if m <= ThinTriangularSolve.maximumColumns, n >= ThinTriangularSolve.minimumOrder {
    return ThinTriangularSolve.solve(l, into: &b, transpose: transpose)
  }
  unsafe l.withUnsafeElements { l in
    unsafe b.withUnsafeMutableElements { b in
      unsafe S._trsm(transpose, n, m, l.baseAddress, n, b.baseAddress, m)
    }
  }
}

/// Replaces the lower triangle of L `[n, n]` by that of L⁻¹ and leaves the strictly upper triangle.
/// - Throws: `LAPACKError.notPositiveDefinite` for a diagonal with a zero.
public func invertLower<S: BLASScalar>(_ l: inout Matrix<S>) throws(LAPACKError) {
  precondition(l.rows == l.columns, "trtri: \(l.shape) is not square")
  let n = l.rows
  guard n > 0 else { return }
  FLOPCounter.add(n * n * n / 3)
  let info = unsafe l.withUnsafeMutableElements { unsafe S._trtri(n, $0.baseAddress, n) }
  if info > 0 { throw .notPositiveDefinite(routine: "trtri", order: info) }
  if info < 0 { throw .refused(routine: "trtri", info: info) }
}

/// `b ← b·L⁻¹`, or `b·L⁻ᵀ` when transposed; L `[n, n]` lower triangular, b `[m, n]`.
public func solveLowerFromRight<S: BLASScalar>(
  _ l: Matrix<S>, into b: inout Matrix<S>, transpose: Bool = false
) {
  precondition(l.rows == l.columns && l.rows == b.columns, "trsm: b \(b.shape), L \(l.shape)")
  let (m, n) = (b.rows, b.columns)
  guard n > 0, m > 0 else { return }
  FLOPCounter.add(n * n * m)
  unsafe l.withUnsafeElements { l in
    unsafe b.withUnsafeMutableElements { b in
      unsafe S._trsmRight(transpose, m, n, l.baseAddress, n, b.baseAddress, n)
    }
  }
}

/// `b ← (L·Lᵀ)⁻¹·b` with the factor of `cholesky`.
public func solveCholesky<S: BLASScalar>(_ l: Matrix<S>, into b: inout Matrix<S>) {
  solveLower(l, into: &b)
  solveLower(l, into: &b, transpose: true)
}

/// `a = V·diag(values)·Vᵀ` of a symmetric matrix.
public struct SymmetricEigen<S: BLASScalar>: Sendable {
  /// Ascending, `[n]`.
  public let values: [S]
  /// One eigenvector a column, `[n, n]`.
  public let vectors: Matrix<S>

  /// Reads the lower triangle of `a`.
  /// - Throws: `LAPACKError.notConverged`, or `.refused` without memory.
  public init(_ a: Matrix<S>) throws(LAPACKError) {
    precondition(a.rows == a.columns, "syevd: \(a.shape) is not square")
    let n = a.rows
    var vectors = a
    var values = [S](repeating: 0, count: n)
    guard n > 0 else {
      (self.values, self.vectors) = (values, vectors)
      return
    }
    FLOPCounter.add(9 * n * n * n)  // Golub & Van Loan, §8.3: with vectors
    let info = unsafe vectors.withUnsafeMutableElements { a in
      unsafe values.withUnsafeMutableBufferPointer { w in
        unsafe S._syevd(n, a.baseAddress, w.baseAddress)
      }
    }
    if info > 0 { throw .notConverged(routine: "syevd", info: info) }
    if info < 0 { throw .refused(routine: "syevd", info: info) }
    // Column-major vectors in row-major memory: one eigenvector a row.
    (self.values, self.vectors) = (values, vectors.transposed)
  }
}

/// Q of the thin QR factorisation of a `[m, n]`, m ≥ n: orthonormal columns, `[m, n]`. Signs are
/// LAPACK's.
/// - Throws: `LAPACKError.refused`.
public func orthonormalBasis<S: BLASScalar>(of a: Matrix<S>) throws(LAPACKError) -> Matrix<S> {
  let (m, n) = (a.rows, a.columns)
  precondition(m >= n, "qr: \(a.shape) has more columns than rows")
  guard n > 0 else { return a }
  var q = a
  var tau = [S](repeating: 0, count: n)
  FLOPCounter.add(4 * m * n * n - 4 * n * n * n / 3)
  var info = unsafe q.withUnsafeMutableElements { q in
    unsafe tau.withUnsafeMutableBufferPointer { tau in
      unsafe S._geqrf(m, n, q.baseAddress, tau.baseAddress)
    }
  }
  if info != 0 { throw .refused(routine: "geqrf", info: info) }
  info = unsafe q.withUnsafeMutableElements { q in
    unsafe tau.withUnsafeBufferPointer { tau in
      unsafe S._orgqr(m, n, q.baseAddress, tau.baseAddress)
    }
  }
  if info != 0 { throw .refused(routine: "orgqr", info: info) }
  return q
}

/// The thin singular value decomposition `a = U·diag(values)·Vᵀ`, k = min(m, n).
public struct SingularValues<S: BLASScalar>: Sendable {
  /// Orthonormal columns, `[m, k]`.
  public let u: Matrix<S>
  /// Descending, ≥ 0, `[k]`.
  public let values: [S]
  /// Orthonormal rows, `[k, n]`.
  public let vTransposed: Matrix<S>

  /// - Throws: `LAPACKError.notConverged`, or `.refused` without memory.
  public init(_ a: Matrix<S>) throws(LAPACKError) {
    let (m, n, k) = (a.rows, a.columns, min(a.rows, a.columns))
    var work = a
    var u = Matrix<S>(rows: m, columns: k)
    var values = [S](repeating: 0, count: k)
    var vt = Matrix<S>(rows: k, columns: n)
    if k > 0 {
      FLOPCounter.add(6 * m * n * k + 20 * k * k * k)  // Golub & Van Loan, §8.6: R-SVD, thin U
      let info = unsafe work.withUnsafeMutableElements { a in
        unsafe values.withUnsafeMutableBufferPointer { s in
          unsafe u.withUnsafeMutableElements { u in
            unsafe vt.withUnsafeMutableElements { vt in
              unsafe S._gesdd(
                m, n, a.baseAddress, s.baseAddress, u.baseAddress, vt.baseAddress)
            }
          }
        }
      }
      if info > 0 { throw .notConverged(routine: "gesdd", info: info) }
      if info < 0 { throw .refused(routine: "gesdd", info: info) }
    }
    (self.u, self.values, self.vTransposed) = (u, values, vt)
  }
}
