import LinearAlgebra

/// The eigenbasis of K = XᵀX: in it (I + K)⁻¹ is a diagonal (solver.md §3.3).
///
/// K and its eigenvectors are computed in float64 whatever the solver's precision: K squares the
/// condition of X.
public struct SpectralBasis<S: BLASScalar>: Sendable {
  /// Eigenvalues of K, ascending, ≥ 0, `[d]`.
  public let eigenvalues: [Double]
  /// V, one eigenvector a column, `[d, d]`.
  public let vectors: Matrix<S>

  /// - Parameter gram: the lower triangle of K, `[d, d]`.
  /// - Throws: `LAPACKError.notConverged`.
  public init(of gram: Matrix<Double>) throws(LAPACKError) {
    let eigen = try SymmetricEigen(gram)
    eigenvalues = eigen.values.map { max($0, 0) }
    vectors = eigen.vectors.converted()
  }

  /// `x·V`: rows of embeddings in this basis.
  public func rotate(_ x: Matrix<S>) -> Matrix<S> { multiply(x, vectors) }

  /// `V·u`: weights `[d, C·P]` back in the coordinates of the embeddings.
  public func restore(_ u: BlockPair<S>) -> BlockPair<S> {
    BlockPair(v: multiply(vectors, u.v), w: multiply(vectors, u.w))
  }

  /// `Vᵀ·u`: weights into this basis.
  public func rotateWeights(_ u: BlockPair<S>) -> BlockPair<S> {
    BlockPair(
      v: multiply(vectors, u.v, transposeA: true), w: multiply(vectors, u.w, transposeA: true))
  }
}

/// The lower triangle of K = XᵀX in float64, `[d, d]`; zeros above it.
func lowerGramInDouble<S: BLASScalar>(_ features: Matrix<S>) -> Matrix<Double> {
  var k = Matrix<Double>(rows: features.columns, columns: features.columns)
  // In blocks: the whole of X in float64 would be the largest matrix of all.
  for rows in features.rowBlocks(of: 1024) {
    addLowerGram(of: features.selectingRows(rows).converted(), to: &k)
  }
  return k
}
