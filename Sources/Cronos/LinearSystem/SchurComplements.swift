import LinearAlgebra

/// What the exact solver's systems of one κ and one draw of patterns have in common: W, and Cholesky factors of
/// `S = (ρ/2)·I + L∘(DDᵀ)`, `L = WWᵀ`, of some ρ (docs/solver.md §3).
///
/// S of another ρ is `S + δI`. With a known factor as preconditioner conjugate gradients work on `I + δS⁻¹`,
/// most of whose eigenvalues are near 1, so that a few solves with the factor replace another n³/3. A ρ for
/// which they have taken as long as a factor of its own gets one.
final class SchurComplements<S: BLASScalar> {
  /// K, both triangles, `[d, d]`.
  let gram: Matrix<Double>
  /// M⁻¹.
  let inverse: ShiftedGramInverse<S>
  /// W, `[n, d]`.
  let whitened: Matrix<S>
  private let active: Matrix<S>
  private let maximumFactors: Int
  private let scratch: ScratchMemory<S>
  /// Cholesky factors in lower triangles, `[n, n]`, the newest last.
  private(set) var factors: [(rho: Double, lower: Matrix<S>)] = []
  /// Solves with the factor of another ρ, by the ρ they were for.
  private var borrowed: [Double: Int] = [:]

  /// ‖residual‖/‖right-hand side‖ of each column, about what a factor of its own leaves.
  private static var tolerance: Double { 8 * Double(S.ulpOfOne) }

  /// - Parameters:
  ///   - program: whose rows, patterns and cones count; not its β.
  ///   - gram: the lower triangle of K, `[d, d]`.
  ///   - weightRatio: κ.
  ///   - maximumFactors: how many factors, of n² numbers each, are kept; at least 1.
  /// - Throws: `LAPACKError`.
  init(
    program: ConvexProgram<S>, gram: Matrix<Double>, weightRatio: Double, maximumFactors: Int = 1,
    scratch: ScratchMemory<S> = ScratchMemory()
  ) throws(LAPACKError) {
    precondition(maximumFactors > 0, "\(maximumFactors) factors")
    var symmetric = gram
    symmetric.mirrorLowerTriangle()
    self.gram = symmetric
    inverse = try ShiftedGramInverse(
      .dense(gram), shift: weightRatio, scale: program.hasCones ? 1 : 0)
    whitened = inverse.whitened(rows: program.features)
    (active, self.maximumFactors) = (program.active, maximumFactors)
    self.scratch = scratch
  }

  /// Sees to a factor that `solve` can use.
  /// - Throws: where rounding makes S indefinite `SinglePrecisionFailure` in float32, and in float64
  ///   `LAPACKError.notPositiveDefinite`.
  func prepare(rho: Double) throws {
    if factors.isEmpty { try factor(rho: rho) }
  }

  /// `z ← S⁻¹·z` with the S of this ρ; z `[n, C]`.
  /// - Returns: the steps of conjugate gradients, 0 with its own factor.
  /// - Throws: as `prepare`.
  func solve(rho: Double, into z: inout Matrix<S>) throws -> Int {
    func distance(_ other: Double) -> Double { max(other / rho, rho / other) }
    var steps = 0
    if let known = factors.min(by: { distance($0.rho) < distance($1.rho) }) {
      if known.rho == rho {
        solveCholesky(known.lower, into: &z)
        return 0
      }
      var solution = scratch.take(rows: z.rows, columns: z.columns)
      defer { scratch.give(solution) }
      let isSolved: Bool
      (steps, isSolved) = conjugateGradients(
        known.lower, shift: S((rho - known.rho) / 2), z, into: &solution)
      borrowed[rho, default: 0] += steps
      if isSolved, borrowed[rho, default: 0] < solvesOfAFactor {
        swap(&z, &solution)
        return steps
      }
    }
    try factor(rho: rho)
    solveCholesky(factors[factors.count - 1].lower, into: &z)
    return steps
  }

  /// As many solves with a factor as take the time of making one: one is bound by memory, the other by
  /// arithmetic. Measured at n = 12,368, d = 1,280 on two processors: 65 to 90.
  private var solvesOfAFactor: Int {
    max(1, (whitened.rows / 3 + whitened.columns + active.columns) / 64)
  }

  private func factor(rho: Double) throws {
    if factors.count >= maximumFactors { factors.removeFirst() }  // before the next one is made
    var schur = lowerGramOfRows(whitened)
    schur.multiplyLowerTriangle(byGramOfRows: active)
    for i in 0..<schur.rows { schur[i, i] += S(rho / 2) }
    do {
      try factorCholesky(&schur)
    } catch {
      if S.self == Float.self { throw SinglePrecisionFailure.factor(error) }
      throw error
    }
    factors.append((rho, schur))
    borrowed[rho] = nil
  }

  /// `x ← (A + shift·I)⁻¹·b` for each column of b by conjugate gradients, preconditioned by A = LLᵀ (Golub &
  /// Van Loan, §11.5): as A⁻¹ makes the directions p, A·p comes from residuals and needs no product.
  /// - Returns: how many solves with L it took, and false where it breaks down or is not there in time.
  private func conjugateGradients(
    _ lower: Matrix<S>, shift: S, _ b: Matrix<S>, into x: inout Matrix<S>
  ) -> (steps: Int, isSolved: Bool) {
    func take() -> Matrix<S> { scratch.take(rows: b.rows, columns: b.columns) }
    // The image of the direction under A, and with shift·I.
    var (residual, z, direction, image, shifted) = (take(), take(), take(), take(), take())
    defer { scratch.give(residual, z, direction, image, shifted) }
    x.apply { _ in 0 }
    direction.apply { _ in 0 }
    image.apply { _ in 0 }
    residual.copyElements(of: b)
    let limits = norms(b).map { $0 * Self.tolerance }
    // Also where it is not a number.
    func isOpen() -> [Bool] { zip(norms(residual), limits).map { !($0 <= $1) } }
    var previous = limits.map { _ in 0.0 }
    for step in 1...solvesOfAFactor {
      z.copyElements(of: residual)
      solveCholesky(lower, into: &z)
      let products = residual.groupDots(z, width: 1)
      let beta = zip(products, previous).map { $1 > 0 ? $0 / $1 : 0 }
      previous = products
      z.addGroups(beta, direction, width: 1)
      swap(&z, &direction)
      shifted.copyElements(of: residual)
      shifted.addGroups(beta, image, width: 1)
      image.copyElements(of: shifted)
      axpy(shift, direction, into: &shifted)

      let (curvature, open) = (direction.groupDots(shifted, width: 1), isOpen())
      guard zip(curvature, open).allSatisfy({ $0 > 0 || !$1 }) else { return (step, false) }
      // A column that has arrived takes no further step.
      let alpha = open.indices.map { open[$0] ? products[$0] / curvature[$0] : 0 }
      x.addGroups(alpha, direction, width: 1)
      residual.addGroups(alpha.map { -$0 }, shifted, width: 1)
      if !isOpen().contains(true) { return (step, true) }
    }
    return (solvesOfAFactor, false)

    func norms(_ a: Matrix<S>) -> [Double] { a.groupDots(a, width: 1).map { $0.squareRoot() } }
  }
}
