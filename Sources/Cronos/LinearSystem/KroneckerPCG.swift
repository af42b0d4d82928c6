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
  private let program: ConvexProgram<S>
  private let rho: Double
  private let tolerance: Double
  private let maximumSteps: Int
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
    maximumSteps: Int
  ) throws(LAPACKError) {
    let (rho, kappa) = (penalty.rho, penalty.weightRatio)
    (self.program, self.rho) = (program, rho)
    (self.tolerance, self.maximumSteps) = (tolerance, maximumSteps)
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
  mutating func solve(
    _ rightHandSide: BlockPair<S>
  ) -> (solution: BlockPair<S>, report: LinearSolveReport) {
    let mixed = rightHandSide.sumAndDifference()
    var p = mixed.v
    p.scaleRows(by: diagonal.map { 1 / $0 })
    let (q, report) = conjugateGradients(mixed.w)
    return (BlockPair(v: p, w: q).sumAndDifference(scale: 0.5), report)
  }

  private mutating func conjugateGradients(
    _ target: Matrix<S>
  ) -> (q: Matrix<S>, report: LinearSolveReport) {
    let classes = program.classes
    let scales = classNorms(target)
    largest = zip(largest, scales).map { max($0, $1) }
    let limits = zip(largest, scales).map { largest, scale in
      max(min(tolerance * largest, Self.reduction * scale), Double(S.ulpOfOne) * largest)
    }
    var (q, residual) = (Matrix<S>(rows: target.rows, columns: target.columns), target)
    var norms = scales
    var z = precondition(residual)
    var direction = z
    var rz = classDots(residual, z)
    var steps = 0
    func isOpen(_ c: Int) -> Bool { norms[c] > limits[c] && rz[c] > 0 && rz[c].isFinite }
    while steps < maximumSteps, (0..<classes).contains(where: isOpen) {
      let image = apply(direction)
      let curvature = classDots(direction, image)
      // A class that has converged, or broken down, takes no further step.
      let alpha = (0..<classes).map { isOpen($0) && curvature[$0] > 0 ? rz[$0] / curvature[$0] : 0 }
      q.addGroups(alpha, direction, width: program.neurons)
      residual.addGroups(alpha.map { -$0 }, image, width: program.neurons)
      steps += 1
      norms = classNorms(residual)
      z = precondition(residual)
      let next = classDots(residual, z)
      let beta = (0..<classes).map { rz[$0] > 0 ? next[$0] / rz[$0] : 0 }
      var advanced = z
      advanced.addGroups(beta, direction, width: program.neurons)
      (direction, rz) = (advanced, next)
    }
    // By itself: the recurrence, which decides when to stop, does not see its own rounding.
    var left = target
    if steps > 0 { axpy(-1, apply(q), into: &left) }
    let worst = zip(classNorms(left), scales).map { $1 > 0 ? $0 / $1 : 0 }.max() ?? 0
    return (
      q,
      LinearSolveReport(
        steps: steps, relativeResidual: worst,
        isAboveTolerance: (0..<classes).contains { !(norms[$0] <= limits[$0]) })
    )
  }

  /// The operator on q `[d, C·P]`.
  private func apply(_ q: Matrix<S>) -> Matrix<S> {
    let fit = PatternKernels.sumActive(program.rows.times(q), active: program.active)
    var image = q
    image.scaleRows(by: diagonal)
    axpy(S(2 / rho), program.applyFTransposed(fit), into: &image)
    return image
  }

  /// M⁻¹ of each class's block.
  private func precondition(_ residual: Matrix<S>) -> Matrix<S> {
    let (d, classes, p) = (residual.rows, program.classes, program.neurons)
    // [d, C·P] is [d·C, P] in the same memory.
    var rotated = multiply(residual.reshaped(rows: d * classes, columns: p), patternBasis)
    unsafe rotated.withUnsafeMutableElements { e in
      unsafe inverse.withUnsafeElements { inverse in
        for a in 0..<d {
          for c in 0..<classes {
            let at = (a * classes + c) * p
            for b in 0..<p { unsafe e[at + b] *= inverse[a * p + b] }
          }
        }
      }
    }
    return multiply(rotated, patternBasis, transposeB: true)
      .reshaped(rows: d, columns: classes * p)
  }

  private func classDots(_ a: Matrix<S>, _ b: Matrix<S>) -> [Double] {
    program.communicator.fromRoot(a.groupDots(b, width: program.neurons))
  }

  private func classNorms(_ a: Matrix<S>) -> [Double] { classDots(a, a).map { $0.squareRoot() } }
}
