import LinearAlgebra

/// The u-system solved exactly, by one Cholesky factor for all classes and iterations
/// (solver.md §3.2–3.4). The program's features are in the eigenbasis of K, so that M = κI + K is
/// the diagonal `κ + λ`, or κ for a program without cones.
///
///     p = M⁻¹(b_v + b_w),   r = M⁻¹(b_v − b_w)
///     S = (ρ/2)·I + L∘(DDᵀ),   L = X M⁻¹ Xᵀ
///     z = S⁻¹ Σᵢ Dᵢ X rᵢ,   q = r − M⁻¹ Xᵀ(D∘z)
///     v = (p + q)/2,   w = (p − q)/2
struct DirectSystem<S: BLASScalar>: LinearSystem {
  private let program: ConvexProgram<S>
  /// M⁻¹, `[d]`.
  private let inverseDiagonal: [S]
  /// The lower Cholesky factor of S in the lower triangle, `[n, n]`.
  private let factor: Matrix<S>
  private let penalty: Penalty
  /// Solves so far, and the last residual that was measured.
  private var solves = 0
  private var measured = 0.0

  /// Above it a float32 factor is not used: the published solves, which are not converged, leave 1e-3.
  static var residualLimit: Double { 1e-3 }

  var solvesForStep: Bool { true }

  /// - Parameter coupling: L∘(DDᵀ), where another ρ with the same κ has made it already.
  /// - Throws: `LAPACKError.notPositiveDefinite` where rounding makes S indefinite: float64 helps.
  init(
    program: ConvexProgram<S>, eigenvalues: [Double], penalty: Penalty, coupling: Matrix<S>? = nil
  ) throws(LAPACKError) {
    (self.program, self.penalty) = (program, penalty)
    let diagonal = Self.diagonal(program, eigenvalues, penalty)
    inverseDiagonal = diagonal.map { S(1 / $0) }
    var schur = coupling ?? Self.coupling(program, diagonal: diagonal)
    for i in 0..<program.samples { schur[i, i] += S(penalty.rho / 2) }
    try factorCholesky(&schur)
    factor = schur
  }

  /// M, `[d]`.
  private static func diagonal(
    _ program: ConvexProgram<S>, _ eigenvalues: [Double], _ penalty: Penalty
  ) -> [Double] {
    eigenvalues.map { penalty.weightRatio + (program.hasCones ? $0 : 0) }
  }

  /// The lower triangle of L∘(DDᵀ), `[n, n]`; what lies above it means nothing. Of the penalties, it
  /// depends on κ alone.
  static func coupling(
    _ program: ConvexProgram<S>, eigenvalues: [Double], penalty: Penalty
  ) -> Matrix<S> {
    coupling(program, diagonal: diagonal(program, eigenvalues, penalty))
  }

  private static func coupling(
    _ program: ConvexProgram<S>, diagonal: [Double]
  ) -> Matrix<S> {
    let scales = diagonal.map { S((1 / $0).squareRoot()) }
    var scaled = program.features
    scaled.scaleColumns(by: scales)
    var schur = lowerGramOfRows(scaled)
    // DDᵀ in blocks of rows: a second n×n matrix would double the memory.
    for rows in schur.rowBlocks(of: 512) {
      let shared = multiply(
        program.active.selectingRows(rows), program.active.selectingRows(0..<rows.upperBound),
        transposeB: true)
      schur.multiplyBlock(rows: rows, by: shared)
    }
    return schur
  }

  /// - Throws: `InaccurateSolve`, in float32 only.
  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func solve(
    _ rightHandSide: BlockPair<S>
  ) throws -> (solution: BlockPair<S>, report: LinearSolveReport) {
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
    solves += 1
    // The matrix never changes, so the residual hardly does: it is measured ever more rarely.
    if [1, 10, 100, 1000, 10_000].contains(solves) {
      measured = relativeResidual(of: u, rightHandSide)
      if S.self == Float.self, measured > Self.residualLimit {
        throw InaccurateSolve(relativeResidual: measured, limit: Self.residualLimit)
      }
    }
    return (u, LinearSolveReport(steps: 0, relativeResidual: measured))
  }

  /// ‖b − Au‖/‖b‖ in float64, for the class with the largest right-hand side: classes are systems of
  /// their own with the same matrix.
  private func relativeResidual(of u: BlockPair<S>, _ b: BlockPair<S>) -> Double {
    let p = program.neurons
    func columns(_ m: Matrix<S>, _ c: Int) -> Matrix<Double> {
      m.selectingColumns((c * p)..<((c + 1) * p)).converted()
    }
    let norms = (0..<program.classes).map { c in
      let (v, w) = (columns(b.v, c).norm, columns(b.w, c).norm)
      return v * v + w * w
    }
    guard let c = norms.indices.max(by: { norms[$0] < norms[$1] }), norms[c] > 0 else { return 0 }
    let weights = BlockPair(v: columns(u.v, c), w: columns(u.w, c))
    var residual = BlockPair(v: columns(b.v, c), w: columns(b.w, c))
    residual.add(-penalty.weightRatio, weights)
    for rows in program.features.rowBlocks(of: 1024) {
      let features = program.features.selectingRows(rows).converted(to: Double.self)
      let active = program.active.selectingRows(rows).converted(to: Double.self)
      let (v, w) = (multiply(features, weights.v), multiply(features, weights.w))
      let fit = PatternKernels.sumActive(v, minus: w, active: active)
      for (image, half, sign) in [(v, \BlockPair<Double>.v, 1.0), (w, \.w, -1.0)] {
        var combined =
          program.hasCones ? image : Matrix(rows: image.rows, columns: image.columns)
        PatternKernels.addActive(fit, scale: sign / penalty.rho, active: active, to: &combined)
        gemm(
          features, combined, into: &residual[keyPath: half], transposeA: true, alpha: -1, beta: 1)
      }
    }
    return residual.norm / norms[c].squareRoot()
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

  /// Multiplies the first `factors.columns` elements of each row of `rows` by `factors`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func multiplyBlock(rows: Range<Int>, by factors: Matrix) {
    precondition(
      factors.rows == rows.count && factors.columns <= columns,
      "factors \(factors.shape) for rows \(rows) of \(shape)")
    let (start, stride, width) = (rows.lowerBound * columns, columns, factors.columns)
    unsafe withUnsafeMutableElements { elements in
      unsafe factors.withUnsafeElements { factors in
        // Each thread writes its own rows.
        nonisolated(unsafe) let (e, f) = unsafe (elements, factors)
        Threads.concurrentRanges(count: rows.count) { rows in
          for i in rows {
            for j in 0..<width { unsafe e[start + i * stride + j] *= f[i * width + j] }
          }
        }
      }
    }
  }
}
