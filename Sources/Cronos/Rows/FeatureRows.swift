import LinearAlgebra

/// X, the rows of a program that this process has `[n, d]`: in memory, or read block by block at every
/// product from where they lie. The solver's body is the same.
///
/// In memory, rows are rotated once into the basis that the solver works in. Those of a source stay as they
/// are, and what has d rows is rotated at each product in their place: X·(V·u) and Vᵀ·(Xᵀ·a), d/n of the
/// product's own operations.
public struct FeatureRows<S: BLASScalar>: Sendable {
  private enum Place {
    case memory(Matrix<S>)
    case source(any RowSource, SpectralBasis<S>?)
  }

  private let place: Place
  /// n, the rows of this process, and d.
  public let rows, columns: Int

  /// Rows in memory, in the solver's basis.
  public init(_ matrix: Matrix<S>) {
    (place, rows, columns) = (.memory(matrix), matrix.rows, matrix.columns)
  }

  /// Rows of a source, used in a basis; nil: as they are.
  public init(_ source: any RowSource, in basis: SpectralBasis<S>?) {
    (place, rows, columns) = (.source(source, basis), source.rows, source.columns)
  }

  /// The rows where they are in memory.
  var matrix: Matrix<S>? { if case .memory(let matrix) = place { matrix } else { nil } }

  /// The rows, as they were given, in a basis.
  func rotated(into basis: SpectralBasis<S>) -> FeatureRows {
    switch place {
    case .memory(let matrix): FeatureRows(basis.rotate(matrix))
    case .source(let source, _): FeatureRows(source, in: basis)
    }
  }

  /// `X·u`, `[n, m]` for u `[d, m]`.
  func times(_ u: Matrix<S>) -> Matrix<S> {
    if let matrix { return LinearAlgebra.multiply(matrix, u) }
    var product = Matrix<S>(rows: rows, columns: u.columns)
    multiply(u, into: &product)
    return product
  }

  /// `out ← alpha·X·u + beta·out`, `[n, m]` for u `[d, m]`.
  func multiply(_ u: Matrix<S>, into out: inout Matrix<S>, alpha: S = 1, beta: S = 0) {
    switch place {
    case .memory(let x): gemm(x, u, into: &out, alpha: alpha, beta: beta)
    case .source(let source, let basis):
      let u = basis.map { LinearAlgebra.multiply($0.vectors, u) } ?? u
      let m = out.columns
      precondition(
        u.rows == columns && out.shape == [rows, u.columns],
        "X·u: X [\(rows), \(columns)], u \(u.shape), out \(out.shape)")
      unsafe out.withUnsafeMutableElements { out in
        unsafe u.withUnsafeElements { u in
          source.forEachBlock { range, block in
            let block = block.converted(to: S.self)
            unsafe block.withUnsafeElements { x in
              unsafe unsafeGEMM(
                m: range.count, n: m, k: columns, alpha: alpha, a: x.baseAddress, lda: columns,
                b: u.baseAddress, ldb: m, beta: beta,
                c: out.baseAddress.map { unsafe $0 + range.lowerBound * m }, ldc: m)
            }
          }
        }
      }
    }
  }

  /// `Xᵀ·a`, `[d, m]` for a `[n, m]`: of the rows of this process.
  func transposedTimes(_ a: Matrix<S>) -> Matrix<S> {
    if let matrix { return LinearAlgebra.multiply(matrix, a, transposeA: true) }
    var product = Matrix<S>(rows: columns, columns: a.columns)
    multiplyTransposed(a, into: &product)
    return product
  }

  /// `out ← alpha·Xᵀ·a + beta·out`, `[d, m]` for a `[n, m]`: of the rows of this process.
  func multiplyTransposed(
    _ a: Matrix<S>, into out: inout Matrix<S>, alpha: S = 1, beta: S = 0
  ) {
    switch place {
    case .memory(let x): gemm(x, a, into: &out, transposeA: true, alpha: alpha, beta: beta)
    case .source(let source, let basis):
      let m = a.columns
      precondition(
        a.rows == rows && out.shape == [columns, m],
        "Xᵀ·a: X [\(rows), \(columns)], a \(a.shape), out \(out.shape)")
      var sum = Matrix<S>(rows: columns, columns: m)
      unsafe sum.withUnsafeMutableElements { sum in
        unsafe a.withUnsafeElements { a in
          source.forEachBlock { range, block in
            let block = block.converted(to: S.self)
            unsafe block.withUnsafeElements { x in
              unsafe unsafeGEMM(
                m: columns, n: m, k: range.count, a: x.baseAddress, lda: columns, transposeA: true,
                b: a.baseAddress.map { unsafe $0 + range.lowerBound * m }, ldb: m, beta: 1,
                c: sum.baseAddress, ldc: m)
            }
          }
        }
      }
      if let basis {
        gemm(basis.vectors, sum, into: &out, transposeA: true, alpha: alpha, beta: beta)
      } else {
        out.combine(sum) { out, sum in alpha * sum + (beta == 0 ? 0 : beta * out) }
      }
    }
  }
}

extension LabelledEmbeddings {
  /// The rows, as they were given.
  func rows<S: BLASScalar>(as type: S.Type) -> FeatureRows<S> {
    if let source { FeatureRows(source, in: nil) } else { FeatureRows(features.converted()) }
  }
}
