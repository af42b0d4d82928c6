internal import COpenBLAS

/// A number that BLAS and LAPACK compute with: `Float` or `Double`.
///
/// The underscored requirements are the C calls behind the shape-checked functions of this module;
/// nothing outside it calls them.
public protocol BLASScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  @unsafe static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self,
    _ c: UnsafeMutablePointer<Self>?, _ ldc: Int)
  @unsafe static func _gemv(
    _ transpose: Bool, _ m: Int, _ n: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafePointer<Self>?, _ beta: Self, _ y: UnsafeMutablePointer<Self>?)
  @unsafe static func _syrk(
    _ transpose: Bool, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ beta: Self, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int)
  @unsafe static func _trsm(
    _ transpose: Bool, _ m: Int, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Self>?, _ ldb: Int)
  @unsafe static func _trsmRight(
    _ transpose: Bool, _ m: Int, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Self>?, _ ldb: Int)
  @unsafe static func _trmmRightTransposed(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafeMutablePointer<Self>?,
    _ ldb: Int)
  @unsafe static func _dot(
    _ n: Int, _ x: UnsafePointer<Self>?, _ y: UnsafePointer<Self>?
  ) -> Self
  @unsafe static func _nrm2(_ n: Int, _ x: UnsafePointer<Self>?) -> Self
  @unsafe static func _axpy(
    _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ y: UnsafeMutablePointer<Self>?)
  @unsafe static func _potrf(_ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int) -> Int
  @unsafe static func _trtri(_ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int) -> Int
  @unsafe static func _syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ w: UnsafeMutablePointer<Self>?
  ) -> Int
  @unsafe static func _geqrf(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ tau: UnsafeMutablePointer<Self>?
  ) -> Int
  @unsafe static func _orgqr(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ tau: UnsafePointer<Self>?
  ) -> Int
  @unsafe static func _gesdd(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ s: UnsafeMutablePointer<Self>?,
    _ u: UnsafeMutablePointer<Self>?, _ vt: UnsafeMutablePointer<Self>?
  ) -> Int
  /// max(x, 0) lane by lane.
  static func _positivePart(_ x: SIMD16<Self>) -> SIMD16<Self>
}

private func flag(_ transpose: Bool) -> CBLAS_TRANSPOSE {
  transpose ? CblasTrans : CblasNoTrans
}

extension Float: BLASScalar {
  @unsafe public static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
    _ a: UnsafePointer<Float>?, _ lda: Int, _ b: UnsafePointer<Float>?, _ ldb: Int, _ beta: Float,
    _ c: UnsafeMutablePointer<Float>?, _ ldc: Int
  ) {
    unsafe cblas_sgemm(
      CblasRowMajor, flag(transposeA), flag(transposeB), blasint(m), blasint(n), blasint(k), alpha,
      a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  @unsafe public static func _gemv(
    _ transpose: Bool, _ m: Int, _ n: Int, _ alpha: Float, _ a: UnsafePointer<Float>?, _ lda: Int,
    _ x: UnsafePointer<Float>?, _ beta: Float, _ y: UnsafeMutablePointer<Float>?
  ) {
    unsafe cblas_sgemv(
      CblasRowMajor, flag(transpose), blasint(m), blasint(n), alpha, a, blasint(lda), x, 1, beta,
      y, 1)
  }

  @unsafe public static func _syrk(
    _ transpose: Bool, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>?, _ lda: Int,
    _ beta: Float, _ c: UnsafeMutablePointer<Float>?, _ ldc: Int
  ) {
    unsafe cblas_ssyrk(
      CblasRowMajor, CblasLower, flag(transpose), blasint(n), blasint(k), alpha, a, blasint(lda),
      beta, c, blasint(ldc))
  }

  @unsafe public static func _trsm(
    _ transpose: Bool, _ m: Int, _ n: Int, _ a: UnsafePointer<Float>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Float>?, _ ldb: Int
  ) {
    unsafe cblas_strsm(
      CblasRowMajor, CblasLeft, CblasLower, flag(transpose), CblasNonUnit, blasint(m), blasint(n),
      1, a, blasint(lda), b, blasint(ldb))
  }

  @unsafe public static func _trsmRight(
    _ transpose: Bool, _ m: Int, _ n: Int, _ a: UnsafePointer<Float>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Float>?, _ ldb: Int
  ) {
    unsafe cblas_strsm(
      CblasRowMajor, CblasRight, CblasLower, flag(transpose), CblasNonUnit, blasint(m), blasint(n),
      1, a, blasint(lda), b, blasint(ldb))
  }

  @unsafe public static func _trmmRightTransposed(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Float>?, _ lda: Int, _ b: UnsafeMutablePointer<Float>?,
    _ ldb: Int
  ) {
    unsafe cblas_strmm(
      CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blasint(m), blasint(n), 1, a,
      blasint(lda), b, blasint(ldb))
  }

  @unsafe public static func _dot(
    _ n: Int, _ x: UnsafePointer<Float>?, _ y: UnsafePointer<Float>?
  ) -> Float { unsafe cblas_sdot(blasint(n), x, 1, y, 1) }

  @unsafe public static func _nrm2(_ n: Int, _ x: UnsafePointer<Float>?) -> Float {
    unsafe cblas_snrm2(blasint(n), x, 1)
  }

  @unsafe public static func _axpy(
    _ n: Int, _ alpha: Float, _ x: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>?
  ) { unsafe cblas_saxpy(blasint(n), alpha, x, 1, y, 1) }

  // The upper triangle of a column-major matrix is the lower one of the row-major matrix in the
  // same memory: no transposed copy is made.
  @unsafe public static func _potrf(_ n: Int, _ a: UnsafeMutablePointer<Float>?, _ lda: Int) -> Int
  {
    Int(
      unsafe LAPACKE_spotrf_work(LAPACK_COL_MAJOR, Int8(UInt8(ascii: "U")), Int32(n), a, Int32(lda))
    )
  }

  @unsafe public static func _trtri(_ n: Int, _ a: UnsafeMutablePointer<Float>?, _ lda: Int) -> Int
  {
    Int(
      unsafe LAPACKE_strtri_work(
        LAPACK_COL_MAJOR, Int8(UInt8(ascii: "U")), Int8(UInt8(ascii: "N")), Int32(n), a, Int32(lda))
    )
  }

  @unsafe public static func _syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Float>?, _ w: UnsafeMutablePointer<Float>?
  ) -> Int {
    Int(
      unsafe LAPACKE_ssyevd(
        LAPACK_COL_MAJOR, Int8(UInt8(ascii: "V")), Int8(UInt8(ascii: "U")), Int32(n), a, Int32(n),
        w))
  }

  @unsafe public static func _geqrf(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Float>?, _ tau: UnsafeMutablePointer<Float>?
  ) -> Int {
    Int(unsafe LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, Int32(m), Int32(n), a, Int32(n), tau))
  }

  @unsafe public static func _orgqr(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Float>?, _ tau: UnsafePointer<Float>?
  ) -> Int {
    Int(unsafe LAPACKE_sorgqr(LAPACK_ROW_MAJOR, Int32(m), Int32(n), Int32(n), a, Int32(n), tau))
  }

  @unsafe public static func _gesdd(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Float>?, _ s: UnsafeMutablePointer<Float>?,
    _ u: UnsafeMutablePointer<Float>?, _ vt: UnsafeMutablePointer<Float>?
  ) -> Int {
    let k = min(m, n)
    return Int(
      unsafe LAPACKE_sgesdd(
        LAPACK_ROW_MAJOR, Int8(UInt8(ascii: "S")), Int32(m), Int32(n), a, Int32(n), s, u, Int32(k),
        vt, Int32(n)))
  }
}

extension Double: BLASScalar {
  @unsafe public static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Double,
    _ a: UnsafePointer<Double>?, _ lda: Int, _ b: UnsafePointer<Double>?, _ ldb: Int,
    _ beta: Double,
    _ c: UnsafeMutablePointer<Double>?, _ ldc: Int
  ) {
    unsafe cblas_dgemm(
      CblasRowMajor, flag(transposeA), flag(transposeB), blasint(m), blasint(n), blasint(k), alpha,
      a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  @unsafe public static func _gemv(
    _ transpose: Bool, _ m: Int, _ n: Int, _ alpha: Double, _ a: UnsafePointer<Double>?, _ lda: Int,
    _ x: UnsafePointer<Double>?, _ beta: Double, _ y: UnsafeMutablePointer<Double>?
  ) {
    unsafe cblas_dgemv(
      CblasRowMajor, flag(transpose), blasint(m), blasint(n), alpha, a, blasint(lda), x, 1, beta,
      y, 1)
  }

  @unsafe public static func _syrk(
    _ transpose: Bool, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>?, _ lda: Int,
    _ beta: Double, _ c: UnsafeMutablePointer<Double>?, _ ldc: Int
  ) {
    unsafe cblas_dsyrk(
      CblasRowMajor, CblasLower, flag(transpose), blasint(n), blasint(k), alpha, a, blasint(lda),
      beta, c, blasint(ldc))
  }

  @unsafe public static func _trsm(
    _ transpose: Bool, _ m: Int, _ n: Int, _ a: UnsafePointer<Double>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Double>?, _ ldb: Int
  ) {
    unsafe cblas_dtrsm(
      CblasRowMajor, CblasLeft, CblasLower, flag(transpose), CblasNonUnit, blasint(m), blasint(n),
      1, a, blasint(lda), b, blasint(ldb))
  }

  @unsafe public static func _trsmRight(
    _ transpose: Bool, _ m: Int, _ n: Int, _ a: UnsafePointer<Double>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Double>?, _ ldb: Int
  ) {
    unsafe cblas_dtrsm(
      CblasRowMajor, CblasRight, CblasLower, flag(transpose), CblasNonUnit, blasint(m), blasint(n),
      1, a, blasint(lda), b, blasint(ldb))
  }

  @unsafe public static func _trmmRightTransposed(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Double>?, _ lda: Int, _ b: UnsafeMutablePointer<Double>?,
    _ ldb: Int
  ) {
    unsafe cblas_dtrmm(
      CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blasint(m), blasint(n), 1, a,
      blasint(lda), b, blasint(ldb))
  }

  @unsafe public static func _dot(
    _ n: Int, _ x: UnsafePointer<Double>?, _ y: UnsafePointer<Double>?
  ) -> Double { unsafe cblas_ddot(blasint(n), x, 1, y, 1) }

  @unsafe public static func _nrm2(_ n: Int, _ x: UnsafePointer<Double>?) -> Double {
    unsafe cblas_dnrm2(blasint(n), x, 1)
  }

  @unsafe public static func _axpy(
    _ n: Int, _ alpha: Double, _ x: UnsafePointer<Double>?, _ y: UnsafeMutablePointer<Double>?
  ) { unsafe cblas_daxpy(blasint(n), alpha, x, 1, y, 1) }

  // The upper triangle of a column-major matrix is the lower one of the row-major matrix in the
  // same memory: no transposed copy is made.
  @unsafe public static func _potrf(_ n: Int, _ a: UnsafeMutablePointer<Double>?, _ lda: Int) -> Int
  {
    Int(
      unsafe LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, Int8(UInt8(ascii: "U")), Int32(n), a, Int32(lda))
    )
  }

  @unsafe public static func _trtri(_ n: Int, _ a: UnsafeMutablePointer<Double>?, _ lda: Int) -> Int
  {
    Int(
      unsafe LAPACKE_dtrtri_work(
        LAPACK_COL_MAJOR, Int8(UInt8(ascii: "U")), Int8(UInt8(ascii: "N")), Int32(n), a, Int32(lda))
    )
  }

  @unsafe public static func _syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Double>?, _ w: UnsafeMutablePointer<Double>?
  ) -> Int {
    Int(
      unsafe LAPACKE_dsyevd(
        LAPACK_COL_MAJOR, Int8(UInt8(ascii: "V")), Int8(UInt8(ascii: "U")), Int32(n), a, Int32(n),
        w))
  }

  @unsafe public static func _geqrf(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>?, _ tau: UnsafeMutablePointer<Double>?
  ) -> Int {
    Int(unsafe LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, Int32(m), Int32(n), a, Int32(n), tau))
  }

  @unsafe public static func _orgqr(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>?, _ tau: UnsafePointer<Double>?
  ) -> Int {
    Int(unsafe LAPACKE_dorgqr(LAPACK_ROW_MAJOR, Int32(m), Int32(n), Int32(n), a, Int32(n), tau))
  }

  @unsafe public static func _gesdd(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>?, _ s: UnsafeMutablePointer<Double>?,
    _ u: UnsafeMutablePointer<Double>?, _ vt: UnsafeMutablePointer<Double>?
  ) -> Int {
    let k = min(m, n)
    return Int(
      unsafe LAPACKE_dgesdd(
        LAPACK_ROW_MAJOR, Int8(UInt8(ascii: "S")), Int32(m), Int32(n), a, Int32(n), s, u, Int32(k),
        vt, Int32(n)))
  }
}
