import LinearAlgebra

/// The u-system solved as published: a fixed number of preconditioned conjugate-gradient steps from
/// zero, with one step length for all classes (inner products run over the class axis too).
///
/// Where the published code divides 0 by 0 once a residual is exactly zero, this one stops.
struct NystromPCG<S: BLASScalar>: LinearSystem {
  let apply: UOperator<S>
  let preconditioner: NystromPreconditioner<S>
  let steps: Int

  /// What jaxcld takes when it is not told.
  private static var publishedSteps: Int { 32 }

  /// - Parameter gram: the lower triangle of K, `[d, d]`.
  /// - Throws: `LAPACKError` when the sketch cannot be factored.
  init(
    program: ConvexProgram<S>, gram: Matrix<Double>, penalty: Penalty, settings: CronosSettings,
    key: ThreefryKey
  ) throws(LAPACKError) {
    apply = UOperator(program: program, penalty: penalty, gram: gram)
    preconditioner = try NystromPreconditioner(of: apply, rank: settings.rank, key: key)
    steps = settings.pcgIterations ?? Self.publishedSteps
  }

  var solvesForStep: Bool { false }

  // Called through `any LinearSystem`, where the compiler does not specialise by itself.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func solve(
    _ rightHandSide: BlockPair<S>
  ) -> (solution: BlockPair<S>, report: LinearSolveReport) {
    let p = apply.program.neurons
    var x = BlockPair<S>(rows: rightHandSide.v.rows, columns: rightHandSide.v.columns)
    var residual = rightHandSide
    var z = preconditioner(residual, neurons: p)
    var direction = z
    var rz = BlockPair.dot(residual, z)
    var done = 0
    while done < steps, rz > 0, rz.isFinite {
      let image = apply(direction)
      let curvature = BlockPair.dot(direction, image)
      guard curvature > 0, curvature.isFinite else { break }
      let alpha = rz / curvature
      x.add(alpha, direction)
      residual.add(-alpha, image)
      done += 1
      guard done < steps else { break }
      z = preconditioner(residual, neurons: p)
      let next = BlockPair.dot(residual, z)
      direction.scale(next / rz, adding: z)
      rz = next
    }
    // By itself: the recurrence does not see its own rounding.
    var left = rightHandSide
    if done > 0 { left.add(-1, apply(x)) }
    let scale = Double(rightHandSide.norm)
    let relative = scale > 0 ? Double(left.norm) / scale : 0
    return (x, LinearSolveReport(steps: done, relativeResidual: relative))
  }
}
