import LinearAlgebra

/// F and Fᵀ on one half, q = v − w `[d, C·P]`, with products in memory that is kept; a program's β does not count.
struct FitOperator<S: BLASScalar> {
  let program: ConvexProgram<S>
  let scratch: ScratchMemory<S>

  /// `fit ← Σᵢ Dᵢ X qᵢ`, `[n, C]`.
  func multiply(_ q: Matrix<S>, into fit: inout Matrix<S>) {
    scratch.lend(rows: program.samples, columns: q.columns) { image in
      program.rows.multiply(q, into: &image)
      PatternKernels.sumActive(image, active: program.active, into: &fit)
    }
  }

  /// `out ← scale·Xᵀ(D∘z) + beta·out`, `[d, C·P]` for z `[n, C]`.
  func multiplyTransposed(
    _ z: Matrix<S>, scale: S = 1, into out: inout Matrix<S>, beta: S = 0
  ) {
    scratch.lend(rows: program.samples, columns: out.columns) { spread in
      PatternKernels.spread(z, scale: scale, active: program.active, into: &spread)
      program.multiplyTransposed(spread, into: &out, beta: beta)
    }
  }

  /// `out ← scale·Xᵀ(D∘z) + beta·out` with `z = Σᵢ Dᵢ X qᵢ`.
  func multiplyGram(_ q: Matrix<S>, scale: S, into out: inout Matrix<S>, beta: S = 0) {
    scratch.lend(rows: program.samples, columns: q.columns / max(program.neurons, 1)) { fit in
      multiply(q, into: &fit)
      multiplyTransposed(fit, scale: scale, into: &out, beta: beta)
    }
  }
}
