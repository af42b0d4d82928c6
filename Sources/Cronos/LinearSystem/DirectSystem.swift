import LinearAlgebra

/// The u-system solved exactly, by one Cholesky factor for all classes and iterations
/// (docs/solver.md §3; the Woodbury identity, Golub & Van Loan, §2.1.4). With M = κI + K, or κI for a program
/// without cones, M⁻¹ = RᵀR and whitened rows W = XRᵀ:
///
///     p̃ = R(b_v + b_w),   r̃ = R(b_v − b_w)
///     S = (ρ/2)·I + L∘(DDᵀ),   L = WWᵀ
///     z = S⁻¹ Σᵢ Dᵢ W r̃ᵢ,   q̃ = r̃ − Wᵀ(D∘z)
///     v = Rᵀ(p̃ + q̃)/2,   w = Rᵀ(p̃ − q̃)/2
struct DirectSystem<S: BLASScalar>: LinearSystem {
  private let program: ConvexProgram<S>
  private let penalty: Penalty
  /// R, W and S.
  private let schur: SchurComplements<S>
  /// W·r̃, and then D∘z, `[n, C·P]`.
  private let image = ScratchMatrix<S>()
  /// Solves so far, and the last residual that was measured.
  private var solves = 0
  private var measured = 0.0

  /// Above it a float32 factor is not used: the published solves, which are not converged, leave 1e-3.
  static var residualLimit: Double { 1e-3 }

  var solvesForStep: Bool { true }

  var memory: [Double] {
    get { [Double(solves), measured] }
    set { (solves, measured) = (Int(newValue[0]), newValue[1]) }
  }

  /// - Parameter schur: of the same rows, patterns and κ.
  /// - Throws: `LAPACKError.notPositiveDefinite` where rounding makes S indefinite: float64 helps.
  init(
    program: ConvexProgram<S>, penalty: Penalty, schur: SchurComplements<S>
  ) throws(LAPACKError) {
    (self.program, self.penalty, self.schur) = (program, penalty, schur)
    try schur.prepare(rho: penalty.rho)
  }

  /// - Throws: `InaccurateSolve`, in float32 only; `LAPACKError.notPositiveDefinite`, where the factor of another ρ
  ///   did not do.
  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func solve(
    _ rightHandSide: BlockPair<S>
  ) throws -> (solution: BlockPair<S>, report: LinearSolveReport) {
    let (inverse, whitened) = (schur.inverse, schur.whitened)
    let mixed = BlockPair(both: inverse.whitened(rightHandSide.sumAndDifference().both))
    // r̃, and then q̃.
    var q = mixed.w
    try image.lend(rows: program.samples, columns: q.columns) { image in
      gemm(whitened, q, into: &image)
      var z = PatternKernels.sumActive(image, active: program.active)
      try schur.solve(rho: penalty.rho, into: &z)
      PatternKernels.spread(z, scale: 1, active: program.active, into: &image)
      gemm(whitened, image, into: &q, transposeA: true, alpha: -1, beta: 1)
    }
    let halves = BlockPair(v: mixed.v, w: q).sumAndDifference(scale: 0.5)
    let u = BlockPair(both: inverse.unwhitened(halves.both))
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
    func ofClass(_ pair: BlockPair<S>, _ c: Int) -> BlockPair<Double> {
      func columns(_ group: Int) -> Matrix<Double> {
        pair.both.selectingColumns((group * p)..<((group + 1) * p)).converted()
      }
      return BlockPair(v: columns(c), w: columns(c + program.classes))
    }
    let squares = b.both.squaredColumnSums()
    let norms = (0..<program.classes).map { c in
      [c, c + program.classes].reduce(0) { $0 + squares[($1 * p)..<(($1 + 1) * p)].reduce(0, +) }
    }
    guard let c = norms.indices.max(by: { norms[$0] < norms[$1] }), norms[c] > 0 else { return 0 }
    let weights = ofClass(u, c)
    var residual = ofClass(b, c)
    residual.add(-penalty.weightRatio, weights)
    if program.hasCones { gemm(schur.gram, weights.both, into: &residual.both, alpha: -1, beta: 1) }
    let difference = weights.difference()
    var fitted = Matrix<Double>(rows: difference.rows, columns: p)
    for rows in program.features.rowBlocks(of: 1024) {
      let features = program.features.converted(rows: rows, to: Double.self)
      let active = program.active.converted(rows: rows, to: Double.self)
      let fit = PatternKernels.sumActive(multiply(features, difference), active: active)
      var spread = Matrix<Double>(rows: rows.count, columns: p)
      PatternKernels.spread(fit, scale: 1 / penalty.rho, active: active, into: &spread)
      gemm(features, spread, into: &fitted, transposeA: true, beta: 1)
    }
    residual.addOpposites(-1, fitted)
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
}
