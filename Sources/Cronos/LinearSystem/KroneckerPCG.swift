import LinearAlgebra

/// The u-system by conjugate gradients on its q half, for sizes whose n×n factor does not fit
/// (docs/solver.md §3; Golub & Van Loan, §11.5). The program's features are in the eigenbasis of K.
///
///     (κI + K) q + (2/ρ) Σⱼ Xᵀ Dᵢ Dⱼ X qⱼ = b_v − b_w
///
/// is preconditioned by its Kronecker approximation: with C = DᵀD/n = Q·diag(σ)·Qᵀ, the entry for
/// eigenvalue λ of K and σ of C is `κ + λ(1 + (2/ρ)σ)`. Each class has its own step length; a
/// solve stops at a tolerance.
struct KroneckerPCG<S: BLASScalar>: LinearSystem {
  private let fit: FitOperator<S>
  private let gradients: ConjugateGradients<S>
  private let rho: Double
  private let tolerance: Double
  /// κ + λ, or κ without cones, `[d]`.
  private let diagonal: [S]
  /// Q, one eigenvector of C a column, `[P, P]`.
  private let patternBasis: Matrix<S>
  /// 1/(κ + λ_a(1 + (2/ρ)σ_b)), or 1/(κ + λ_a(2/ρ)σ_b) without cones, `[d, P]`.
  private let inverse: Matrix<S>

  /// The largest right-hand side so far, for each class: the first, as a rule.
  private var largest: [Double]

  /// The share of its right-hand side that a solve leaves at most: for small ρ a step soon falls below
  /// any fixed tolerance of the first one, and still has to be taken.
  private static var reduction: Double { 0.01 }
  var solvesForStep: Bool { true }

  var memory: [Double] {
    get { largest }
    set { largest = newValue }
  }

  /// - Parameters:
  ///   - tolerance: ‖residual‖/‖right-hand side‖ of each class that its solve ends below.
  ///   - maximumSteps: the steps of one solve at most.
  /// - Throws: `LAPACKError.notConverged`.
  init(
    program: ConvexProgram<S>, eigenvalues: [Double], penalty: Penalty, tolerance: Double,
    maximumSteps: Int, scratch: ScratchMemory<S>
  ) throws(LAPACKError) {
    let (rho, kappa) = (penalty.rho, penalty.weightRatio)
    (self.rho, self.tolerance) = (rho, tolerance)
    fit = FitOperator(program: program, scratch: scratch)
    gradients = ConjugateGradients(
      width: program.neurons, maximumSteps: maximumSteps, communicator: program.communicator,
      scratch: scratch)
    largest = [Double](repeating: 0, count: program.classes)
    let cones = program.hasCones ? 1.0 : 0
    diagonal = eigenvalues.map { S(kappa + cones * $0) }
    // In blocks, as K: D in float64 would be twice as large as D.
    var overlap = lowerGramInDouble(program.active)
    program.communicator.sum(&overlap)
    let eigen = try program.communicator.eigen(of: overlap)
    patternBasis = eigen.vectors.converted()
    let n = Double(program.totalSamples)
    inverse = Matrix(rows: eigenvalues.count, columns: program.neurons) { a, b in
      S(1 / (kappa + eigenvalues[a] * (cones + 2 / rho * max(eigen.values[b], 0) / n)))
    }
  }

  // Called through `any LinearSystem`, where the compiler does not specialise by itself.
  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func solve(_ b: inout BlockPair<S>) -> LinearSolveReport {
    var q = gradients.scratch.take(rows: b.rows, columns: b.columns)
    defer { gradients.scratch.give(q) }
    b.mixHalves()
    b.copyW(into: &q)
    let scales = gradients.norms(q)
    largest = zip(largest, scales).map { max($0, $1) }
    let limits = zip(largest, scales).map { largest, scale in
      max(min(tolerance * largest, Self.reduction * scale), Double(S.ulpOfOne) * largest)
    }
    let report = gradients.solve(
      &q, applying: apply(_:into:), preconditioning: precondition(_:into:), limits: limits)
    b.both.scaleRows(by: diagonal.map { 1 / $0 })
    b.replaceW(by: q)
    b.mixHalves(scale: 0.5)
    return report
  }

  /// The operator on q: `out ← (κI + K) q + (2/ρ) Σⱼ Xᵀ Dᵢ Dⱼ X qⱼ`, `[d, C·P]`.
  private func apply(_ q: Matrix<S>, into out: inout Matrix<S>) {
    out.copyElements(of: q)
    out.scaleRows(by: diagonal)
    // After the ranks' sum, whose rounding would otherwise be that of the larger diagonal, too.
    gradients.scratch.lend(rows: q.rows, columns: q.columns) { product in
      fit.multiplyGram(q, scale: 1, into: &product)
      axpy(S(2 / rho), product, into: &out)
    }
  }

  /// `out ← M⁻¹·residual` for each class's block.
  private func precondition(_ residual: Matrix<S>, into out: inout Matrix<S>) {
    let (d, columns, p) = (residual.rows, residual.columns, patternBasis.rows)
    let blocks = residual.count / max(p, 1)
    // [d, C·P] is [d·C, P] in the same memory.
    out = out.reshaped(rows: blocks, columns: p)
    gradients.scratch.lend(rows: blocks, columns: p) { rotated in
      gemm(residual.reshaped(rows: blocks, columns: p), patternBasis, into: &rotated)
      scale(&rotated, classes: columns / max(p, 1))
      gemm(rotated, patternBasis, into: &out, transposeB: true)
    }
    out = out.reshaped(rows: d, columns: columns)
  }

  /// `[d·C, P]` times `inverse`.
  private func scale(_ rotated: inout Matrix<S>, classes: Int) {
    let p = inverse.columns
    unsafe rotated.withUnsafeMutableElements { e in
      unsafe inverse.withUnsafeElements { inverse in
        for block in 0..<(e.count / max(p, 1)) {
          let (at, row) = (block * p, block / classes * p)
          for b in 0..<p { unsafe e[at + b] *= inverse[row + b] }
        }
      }
    }
  }
}
