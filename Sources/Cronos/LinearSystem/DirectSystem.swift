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
  private let scratch: ScratchMemory<S>
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
  /// - Throws: as `SchurComplements.prepare`.
  init(
    program: ConvexProgram<S>, penalty: Penalty, schur: SchurComplements<S>,
    scratch: ScratchMemory<S> = ScratchMemory()
  ) throws {
    (self.program, self.penalty, self.schur) = (program, penalty, schur)
    self.scratch = scratch
    try schur.prepare(rho: penalty.rho)
  }

  /// - Throws: `SinglePrecisionFailure`; as `SchurComplements.solve`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func solve(_ b: inout BlockPair<S>) throws -> LinearSolveReport {
    solves += 1
    // The matrix never changes, so the residual hardly does: it is measured ever more rarely.
    let given = [1, 10, 100, 1000, 10_000].contains(solves) ? b : nil
    let steps = try replaceBySolution(&b)
    if let given {
      measured = relativeResidual(of: b, given)
      if S.self == Float.self, measured > Self.residualLimit {
        throw SinglePrecisionFailure.residual(measured, limit: Self.residualLimit)
      }
    }
    return LinearSolveReport(steps: steps, relativeResidual: measured)
  }

  /// Returns the steps of conjugate gradients that it took with the factor of another ρ.
  private func replaceBySolution(_ b: inout BlockPair<S>) throws -> Int {
    let (n, d, columns) = (program.samples, program.dimension, b.columns)
    // (p̃, r̃), and then (p̃, q̃).
    var mixed = BlockPair(both: scratch.take(rows: d, columns: 2 * columns))
    var q = scratch.take(rows: d, columns: columns)
    var image = scratch.take(rows: n, columns: columns)
    var z = scratch.take(rows: n, columns: program.classes)
    defer { scratch.give(mixed.both, q, image, z) }
    b.mixHalves()
    schur.inverse.whiten(b.both, into: &mixed.both)
    mixed.copyW(into: &q)
    gemm(schur.whitened, q, into: &image)
    PatternKernels.sumActive(image, active: program.active, into: &z)
    let steps = try schur.solve(rho: penalty.rho, into: &z)
    PatternKernels.spread(z, scale: 1, active: program.active, into: &image)
    gemm(schur.whitened, image, into: &q, transposeA: true, alpha: -1, beta: 1)
    mixed.replaceW(by: q)
    mixed.mixHalves(scale: 0.5)
    schur.inverse.unwhiten(mixed.both, into: &b.both)
    return steps
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
      var fit = Matrix<Double>(rows: rows.count, columns: 1)
      var spread = multiply(features, difference)
      PatternKernels.sumActive(spread, active: active, into: &fit)
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
