import LinearAlgebra

/// A randomised low-rank preconditioner of the u-system, shared by all classes, as published:
///
///     M⁻¹ x = (λ_r + ρ)·U·(Λ + ρI)⁻¹·Uᵀx + (x − U·Uᵀx),   A ≈ U·diag(λ)·Uᵀ
///
/// Frangella, Tropp & Udell, arXiv:2110.02820, Algorithm 2.1.
public struct NystromPreconditioner<S: BLASScalar>: Sendable {
  /// Orthonormal columns, `[2dP, r]`; row (half·d + a)·P + i is coordinate a of hyperplane i.
  public let u: Matrix<S>
  /// Eigenvalue estimates, `[r]`, descending, ≥ 0.
  public let values: [S]
  private let rho: S

  /// - Throws: `LAPACKError` when the sketch cannot be factored.
  init(
    of apply: UOperator<S>, rank: Int, key: ThreefryKey
  ) throws(LAPACKError) {
    let size = 2 * apply.program.dimension * apply.program.neurons
    let rank = min(rank, size)
    let draw = key.split().draw
    let sketch = Matrix<Float>(rows: size, columns: rank, draw.normals(count: size * rank))
    let omega = try orthonormalBasis(of: sketch.converted(to: S.self))
    let (d, p) = (apply.program.dimension, apply.program.neurons)
    // One column of the sketch after the other takes the place of a class.
    var columns = BlockPair<S>(rows: d, columns: rank * p)
    columns.unpack(omega.transposed, neurons: p)
    var packed = omega.transposed
    apply(columns).pack(neurons: p, into: &packed)
    var y = packed.transposed
    let shift = S(rank).squareRoot() * 1e-16 * y.norm
    axpy(shift, omega, into: &y)

    var core = multiply(omega, y, transposeA: true)
    core.combine(core.transposed) { a, b in (a + b) / 2 }
    let factor = try cholesky(core)
    solveLowerFromRight(factor, into: &y, transpose: true)
    let svd = try SingularValues(y)
    u = svd.u
    values = svd.values.map { max($0 * $0 - shift, 0) }
    rho = apply.rho
  }

  /// `out ← M⁻¹x` for each class's vector; x and out both halves, `[d, 2·C·P]`.
  func apply(
    _ x: Matrix<S>, neurons: Int, into out: inout Matrix<S>, scratch: ScratchMemory<S>
  ) {
    let classes = x.columns / (2 * max(neurons, 1))
    scratch.lend(rows: classes, columns: u.rows) { packed in
      BlockPair(both: x).pack(neurons: neurons, into: &packed)
      var coefficients = multiply(packed, u)
      let last = (values.last ?? 0) + rho
      coefficients.scaleColumns(by: values.map { last / ($0 + rho) - 1 })
      gemm(coefficients, u, into: &packed, transposeB: true, beta: 1)
      out.withHalves { $0.unpack(packed, neurons: neurons) }
    }
  }
}

extension BlockPair {
  /// One class a row, `[C, 2·rows·P]`, in the published order: half, coordinate, hyperplane.
  func pack(neurons p: Int, into packed: inout Matrix<S>) {
    let (d, classes) = (rows, columns / p)
    precondition(packed.shape == [classes, 2 * d * p], "packed \(packed.shape) of \(both.shape)")
    unsafe packed.withUnsafeMutableElements { out in
      unsafe both.withUnsafeElements { e in
        Self.forEachRun(d, classes, p) { here, there in
          for k in 0..<p { unsafe out[there + k] = e[here + k] }
        }
      }
    }
  }

  /// The inverse of `pack`.
  mutating func unpack(_ packed: Matrix<S>, neurons p: Int) {
    let (d, classes) = (rows, columns / p)
    precondition(packed.shape == [classes, 2 * d * p], "packed \(packed.shape) of \(both.shape)")
    unsafe both.withUnsafeMutableElements { out in
      unsafe packed.withUnsafeElements { e in
        Self.forEachRun(d, classes, p) { here, there in
          for k in 0..<p { unsafe out[here + k] = e[there + k] }
        }
      }
    }
  }

  /// Where the P numbers of each coordinate, half and class begin: here, and packed.
  private static func forEachRun(
    _ d: Int, _ classes: Int, _ p: Int, _ body: (_ here: Int, _ there: Int) -> Void
  ) {
    for a in 0..<d {
      for half in 0..<2 {
        for c in 0..<classes {
          body(((2 * a + half) * classes + c) * p, ((2 * c + half) * d + a) * p)
        }
      }
    }
  }
}
