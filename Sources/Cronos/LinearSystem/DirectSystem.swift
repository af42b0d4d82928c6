import LinearAlgebra

/// The u-system solved exactly, by one Cholesky factor for all classes and iterations
/// (solver.md §3.2–3.4). The program's features are in the eigenbasis of K, so that M = κI + K is
/// the diagonal `κ + λ`.
///
///     p = M⁻¹(b_v + b_w),   r = M⁻¹(b_v − b_w)
///     S = (ρ/2)·I + L∘(DDᵀ),   L = X M⁻¹ Xᵀ
///     z = S⁻¹ Σᵢ Dᵢ X rᵢ,   q = r − M⁻¹ Xᵀ(D∘z)
///     v = (p + q)/2,   w = (p − q)/2
struct DirectSystem<S: BLASScalar>: LinearSystem {
  private let program: ConvexProgram<S>
  /// 1/(κ + λ), `[d]`.
  private let inverseDiagonal: [S]
  /// The lower Cholesky factor of S in the lower triangle, `[n, n]`.
  private let factor: Matrix<S>
  private let penalty: Penalty
  /// Solves so far, and the last residual that was measured.
  private var solves = 0
  private var measured = 0.0

  /// Above it a float32 factor is not used: the published solves, which are not converged, leave 1e-3.
  static var residualLimit: Double { 1e-3 }

  /// - Throws: `LAPACKError.notPositiveDefinite` where rounding makes S indefinite: float64 helps.
  init(
    program: ConvexProgram<S>, eigenvalues: [Double], penalty: Penalty
  ) throws(LAPACKError) {
    (self.program, self.penalty) = (program, penalty)
    let diagonal = eigenvalues.map { penalty.weightRatio + $0 }
    inverseDiagonal = diagonal.map { S(1 / $0) }
    var schur = Self.schurComplement(program, diagonal: diagonal)
    for i in 0..<program.samples { schur[i, i] += S(penalty.rho / 2) }
    try factorCholesky(&schur)
    factor = schur
  }

  /// The lower triangle of L∘(DDᵀ), `[n, n]`; what lies above it means nothing.
  private static func schurComplement(
    _ program: ConvexProgram<S>, diagonal: [Double]
  ) -> Matrix<S> {
    let scales = diagonal.map { S((1 / $0).squareRoot()) }
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

  /// - Throws: `InaccurateSolve`, in float32 only.
  mutating func solve(
    _ rightHandSide: BlockPair<S>, from previous: BlockPair<S>
  ) throws -> (u: BlockPair<S>, report: LinearSolveReport) {
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
    let features = program.features.converted(to: Double.self)
    let active = program.active.converted(to: Double.self)
    let halves = [columns(u.v, c), columns(u.w, c)]
    let images = halves.map { multiply(features, $0) }
    let fit = PatternKernels.sumActive(images[0], minus: images[1], active: active)
    var spread = images[0]
    PatternKernels.spreadActive(fit, active: active, into: &spread)
    var sum = 0.0
    for (half, (target, sign)) in zip([b.v, b.w], [1.0, -1.0]).enumerated() {
      var combined = images[half]
      axpy(sign / penalty.rho, spread, into: &combined)
      var residual = columns(target, c)
      axpy(-penalty.weightRatio, halves[half], into: &residual)
      gemm(features, combined, into: &residual, transposeA: true, alpha: -1, beta: 1)
      sum += residual.norm * residual.norm
    }
    return (sum / norms[c]).squareRoot()
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
