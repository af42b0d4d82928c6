import LinearAlgebra

/// The u-system solved exactly, by one Cholesky factor for all classes and iterations
/// (solver.md §3.2–3.4). The program's features are in the eigenbasis of K, so that M = I + K is the
/// diagonal `1 + λ`.
///
///     p = M⁻¹(b_v + b_w),   r = M⁻¹(b_v − b_w)
///     S = (ρ/2)·I + L∘(DDᵀ),   L = X M⁻¹ Xᵀ
///     z = S⁻¹ Σᵢ Dᵢ X rᵢ,   q = r − M⁻¹ Xᵀ(D∘z)
///     v = (p + q)/2,   w = (p − q)/2
struct DirectSystem<S: BLASScalar>: LinearSystem {
  private let program: ConvexProgram<S>
  private let rho: Double
  /// 1/(1 + λ), `[d]`.
  private let inverseDiagonal: [S]
  /// The lower Cholesky factor of S in the lower triangle, `[n, n]`.
  private let factor: Matrix<S>

  /// - Throws: `LAPACKError.notPositiveDefinite` where rounding makes S indefinite: float64 helps.
  init(
    program: ConvexProgram<S>, eigenvalues: [Double], rho: Double
  ) throws(LAPACKError) {
    (self.program, self.rho) = (program, rho)
    inverseDiagonal = eigenvalues.map { S(1 / (1 + $0)) }
    var schur = Self.schurComplement(program, eigenvalues: eigenvalues)
    for i in 0..<program.samples { schur[i, i] += S(rho / 2) }
    try factorCholesky(&schur)
    factor = schur
  }

  /// The lower triangle of L∘(DDᵀ), `[n, n]`; what lies above it means nothing.
  private static func schurComplement(
    _ program: ConvexProgram<S>, eigenvalues: [Double]
  ) -> Matrix<S> {
    let scales = eigenvalues.map { S((1 / (1 + $0)).squareRoot()) }
    var scaled = program.features
    scaled.scaleColumns(by: scales)
    var schur = gram(scaled, ofRows: true)
    // DDᵀ in blocks of rows: a second n×n matrix would double the memory.
    let (n, block) = (program.samples, 512)
    let active = program.active
    for start in stride(from: 0, to: n, by: block) {
      let rows = start..<min(start + block, n)
      let shared = multiply(active.selectingRows(Array(rows)), active, transposeB: true)
      schur.multiplyRows(rows, by: shared)
    }
    return schur
  }

  func solve(
    _ rightHandSide: BlockPair<S>, from previous: BlockPair<S>
  ) -> (u: BlockPair<S>, report: LinearSolveReport) {
    var sum = rightHandSide.v
    sum.combine(rightHandSide.w) { v, w in v + w }
    sum.scaleRows(by: inverseDiagonal)
    var difference = rightHandSide.v
    difference.combine(rightHandSide.w) { v, w in v - w }
    difference.scaleRows(by: inverseDiagonal)

    var z = PatternKernels.sumActive(
      multiply(program.features, difference), minus: nil, active: program.active)
    solveCholesky(factor, into: &z)
    var correction = program.applyFTransposed(z)
    correction.scaleRows(by: inverseDiagonal)
    difference.combine(correction) { r, t in r - t }

    var u = BlockPair(v: sum, w: sum)
    u.v.combine(difference) { p, q in (p + q) / 2 }
    u.w.combine(difference) { p, q in (p - q) / 2 }
    return (u, LinearSolveReport(steps: 0, relativeResidual: 0))
  }
}

extension Matrix {
  /// Multiplies column j by `scales[j]`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func scaleColumns(by scales: [Scalar]) {
    precondition(scales.count == columns, "\(scales.count) scales for \(shape)")
    let columns = columns
    unsafe withUnsafeMutableElements { e in
      for i in 0..<(e.count / max(columns, 1)) {
        for j in 0..<columns { unsafe e[i * columns + j] *= scales[j] }
      }
    }
  }

  /// Multiplies row i by `scales[i]`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func scaleRows(by scales: [Scalar]) {
    precondition(scales.count == rows, "\(scales.count) scales for \(shape)")
    let columns = columns
    unsafe withUnsafeMutableElements { e in
      for i in scales.indices {
        let scale = scales[i]
        for j in 0..<columns { unsafe e[i * columns + j] *= scale }
      }
    }
  }

  /// Multiplies the elements of `rows` by those of `factors` `[rows.count, columns]`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func multiplyRows(_ rows: Range<Int>, by factors: Matrix) {
    precondition(factors.shape == [rows.count, columns], "factors \(factors.shape) for \(rows)")
    let start = rows.lowerBound * columns
    unsafe withUnsafeMutableElements { e in
      unsafe factors.withUnsafeElements { f in
        for i in f.indices { unsafe e[start + i] *= f[i] }
      }
    }
  }
}
