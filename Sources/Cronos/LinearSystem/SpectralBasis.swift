import LinearAlgebra

/// The eigenbasis of K = XᵀX: in it (κI + K)⁻¹ is a diagonal (docs/solver.md §3).
///
/// K and its eigenvectors are computed in float64 whatever the solver's precision: K squares the
/// condition of X.
public struct SpectralBasis<S: BLASScalar>: Sendable {
  /// Eigenvalues of K, ascending, ≥ 0, `[d]`.
  public let eigenvalues: [Double]
  /// V, one eigenvector a column, `[d, d]`.
  public let vectors: Matrix<S>

  /// - Parameters:
  ///   - gram: the lower triangle of K, `[d, d]`, of the rows of all ranks.
  ///   - communicator: the ranks, which all call this.
  /// - Throws: `LAPACKError.notConverged`.
  public init(
    of gram: Matrix<Double>, on communicator: any RowCommunicator = SingleProcess()
  ) throws(LAPACKError) {
    let eigen = try communicator.eigen(of: gram)
    eigenvalues = eigen.values.map { max($0, 0) }
    vectors = eigen.vectors.converted()
  }

  /// `x·V`: rows of embeddings in this basis.
  public func rotate(_ x: Matrix<S>) -> Matrix<S> { multiply(x, vectors) }

  /// `V·u`: weights `[d, C·P]` back in the coordinates of the embeddings.
  public func restore(_ u: BlockPair<S>) -> BlockPair<S> {
    BlockPair(both: multiply(vectors, u.both))
  }
}

extension RowCommunicator {
  /// Eigenvalues and eigenvectors of a symmetric matrix that every rank has, of which the lower triangle is
  /// read: rank 0's, so that all ranks have the same.
  /// - Throws: `LAPACKError.notConverged`, on every rank.
  func eigen(
    of matrix: Matrix<Double>
  ) throws(LAPACKError) -> (values: [Double], vectors: Matrix<Double>) {
    var (values, vectors) = ([Double](repeating: 0, count: matrix.rows), matrix)
    var failure: LAPACKError?
    if isRoot {
      do throws(LAPACKError) {
        let eigen = try SymmetricEigen(matrix)
        (values, vectors) = (eigen.values, eigen.vectors)
      } catch {
        failure = error
      }
    }
    if fromRoot([failure == nil ? 0 : 1])[0] > 0 {
      throw failure ?? .notConverged(routine: "syevd on rank 0", info: 0)
    }
    fromRoot(&vectors)
    return (fromRoot(values), vectors)
  }
}

/// The lower triangle of K = XᵀX in float64, `[d, d]`; zeros above it.
func lowerGramInDouble(_ source: any RowSource) -> Matrix<Double> {
  var k = Matrix<Double>(rows: source.columns, columns: source.columns)
  source.forEachBlock { _, block in addLowerGramInDouble(of: block, to: &k) }
  return k
}

/// The lower triangle of K = XᵀX in float64, `[d, d]`; zeros above it.
func lowerGramInDouble<S: BLASScalar>(_ features: Matrix<S>) -> Matrix<Double> {
  var k = Matrix<Double>(rows: features.columns, columns: features.columns)
  addLowerGramInDouble(of: features, to: &k)
  return k
}

/// In blocks: the whole of X in float64 would be the largest matrix of all. Blocks of this size stay on the
/// heap, whose memory is there already.
private func addLowerGramInDouble<S: BLASScalar>(
  of features: Matrix<S>, to k: inout Matrix<Double>
) {
  for rows in features.rowBlocks(of: 1024) {
    addLowerGram(of: features.converted(rows: rows), to: &k)
  }
}
