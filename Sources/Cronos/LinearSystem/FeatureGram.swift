import LinearAlgebra

/// K = XᵀX in the coordinates of a program's features, in float64 whatever the solver's precision: K
/// squares the condition of X.
enum FeatureGram: Sendable {
  /// The lower triangle of K, `[d, d]`.
  case dense(Matrix<Double>)
  /// K's eigenvalues, ≥ 0, `[d]`, of features in its eigenbasis.
  case diagonal([Double])

  var meanEigenvalue: Double {
    switch self {
    case .dense(let k):
      (0..<k.rows).reduce(0) { $0 + k[$1, $1] } / Double(max(k.rows, 1))
    case .diagonal(let values): values.reduce(0, +) / Double(max(values.count, 1))
    }
  }
}

/// (τI + σK)⁻¹ = RᵀR.
struct ShiftedGramInverse<S: BLASScalar>: Sendable {
  private enum Form {
    /// The diagonal of the inverse, `[d]`.
    case diagonal([S])
    /// R `[d, d]`. Both products with it, one after the other, lose less than one with the inverse, in
    /// which rounding hides what belongs to large eigenvalues of K: most of any Xᵀ·b.
    case root(Matrix<S>)
  }

  private let form: Form

  /// - Parameters:
  ///   - shift: τ > 0.
  ///   - scale: σ ≥ 0.
  /// - Throws: `LAPACKError.notConverged`.
  init(_ gram: FeatureGram, shift: Double, scale: Double = 1) throws(LAPACKError) {
    switch gram {
    case .diagonal(let values):
      form = .diagonal(values.map { S(1 / (shift + scale * $0)) })
    case .dense(let k) where scale == 0:
      form = .diagonal([S](repeating: S(1 / shift), count: k.rows))
    case .dense(let k):
      var matrix = k
      matrix.apply { scale * $0 }
      for i in 0..<k.rows { matrix[i, i] += shift }
      var root: Matrix<Double>
      do {
        root = try cholesky(matrix)
        try invertLower(&root)
      } catch .notPositiveDefinite {
        // τ is lost in the rounding of K.
        let eigen = try SymmetricEigen(k)
        root = eigen.vectors.transposed
        root.scaleRows(by: eigen.values.map { 1 / (shift + scale * max($0, 0)).squareRoot() })
      }
      form = .root(root.converted())
    }
  }

  /// `(τI + σK)⁻¹·b`, b `[d, m]`.
  func callAsFunction(_ b: Matrix<S>) -> Matrix<S> {
    var (half, product) = (b, b)
    whiten(b, into: &half)
    unwhiten(half, into: &product)
    return product
  }

  /// `out ← R·b`, b `[d, m]`; R is a square root for a diagonal, too.
  func whiten(_ b: Matrix<S>, into out: inout Matrix<S>) {
    multiplyHalf(b, into: &out, transposed: false)
  }

  /// `out ← Rᵀ·b`, b `[d, m]`.
  func unwhiten(_ b: Matrix<S>, into out: inout Matrix<S>) {
    multiplyHalf(b, into: &out, transposed: true)
  }

  private func multiplyHalf(_ b: Matrix<S>, into out: inout Matrix<S>, transposed: Bool) {
    switch form {
    case .diagonal(let inverse):
      out.copyElements(of: b)
      out.scaleRows(by: inverse.map { $0.squareRoot() })
    case .root(let root): gemm(root, b, into: &out, transposeA: transposed)
    }
  }

  /// `x·Rᵀ`, x `[n, d]`.
  func whitened(rows x: Matrix<S>) -> Matrix<S> {
    switch form {
    case .diagonal(let inverse):
      var scaled = x
      scaled.scaleColumns(by: inverse.map { $0.squareRoot() })
      return scaled
    case .root(let root): return multiply(x, root, transposeB: true)
    }
  }
}
