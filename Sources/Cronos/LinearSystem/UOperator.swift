import LinearAlgebra

/// `A u = κu + FᵀF u/ρ + GᵀG u`, without the last term where the program has no cones.
///
/// As Eᵢ² = I, GᵀG is K = XᵀX on every column (docs/solver.md §3): no product with all samples is
/// needed for it.
struct UOperator<S: BLASScalar> {
  let program: ConvexProgram<S>
  let rho, kappa: S
  /// K = XᵀX, `[d, d]`, summed in float64; nil without cones.
  let gram: Matrix<S>?
  private let fit: FitOperator<S>

  /// - Parameter gram: the lower triangle of K, `[d, d]`.
  init(
    program: ConvexProgram<S>, penalty: Penalty, gram: Matrix<Double>,
    scratch: ScratchMemory<S> = ScratchMemory()
  ) {
    (self.program, rho, kappa) = (program, S(penalty.rho), S(penalty.weightRatio))
    fit = FitOperator(program: program, scratch: scratch)
    guard program.hasCones else {
      self.gram = nil
      return
    }
    var k = gram
    k.mirrorLowerTriangle()
    self.gram = k.converted()
  }

  func callAsFunction(_ u: BlockPair<S>) -> BlockPair<S> {
    var image = u
    apply(u.both, into: &image.both)
    return image
  }

  /// `out ← A u`, both halves, `[d, 2·C·P]`.
  func apply(_ u: Matrix<S>, into out: inout Matrix<S>) {
    out.copyElements(of: u)
    if let gram {
      gemm(gram, u, into: &out, beta: kappa)
    } else {
      out.apply { [kappa] in $0 * kappa }
    }
    let (d, columns, scratch) = (u.rows, u.columns / 2, fit.scratch)
    var difference = scratch.take(rows: d, columns: columns)
    var product = scratch.take(rows: d, columns: columns)
    defer { scratch.give(difference, product) }
    BlockPair(both: u).subtractHalves(into: &difference)
    fit.multiplyGram(difference, scale: 1 / rho, into: &product)
    out.withHalves { $0.addOpposites(1, product) }
  }
}
