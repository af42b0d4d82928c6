import LinearAlgebra

/// The u-system solved as published: a fixed number of preconditioned conjugate-gradient steps from
/// zero, with one step length for all classes (inner products run over the class axis too).
///
/// Where the published code divides 0 by 0 once a residual is exactly zero, this one stops.
struct NystromPCG<S: BLASScalar>: LinearSystem {
  let apply: UOperator<S>
  let preconditioner: NystromPreconditioner<S>
  private let gradients: ConjugateGradients<S>

  /// What jaxcld takes when it is not told.
  private static var publishedSteps: Int { 32 }

  /// - Parameter gram: the lower triangle of K, `[d, d]`.
  /// - Throws: `LAPACKError` when the sketch cannot be factored.
  init(
    program: ConvexProgram<S>, gram: Matrix<Double>, penalty: Penalty, settings: CronosSettings,
    key: ThreefryKey, scratch: ScratchMemory<S>
  ) throws(LAPACKError) {
    apply = UOperator(program: program, penalty: penalty, gram: gram, scratch: scratch)
    preconditioner = try NystromPreconditioner(of: apply, rank: settings.rank, key: key)
    gradients = ConjugateGradients(
      width: 2 * program.classes * program.neurons,
      maximumSteps: settings.pcgIterations ?? Self.publishedSteps,
      communicator: program.communicator, scratch: scratch)
  }

  var solvesForStep: Bool { false }

  // Called through `any LinearSystem`, where the compiler does not specialise by itself.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func solve(_ b: inout BlockPair<S>) -> LinearSolveReport {
    let neurons = apply.program.neurons
    return gradients.solve(
      &b.both, applying: apply.apply(_:into:),
      preconditioning: { x, out in
        preconditioner.apply(x, neurons: neurons, into: &out, scratch: gradients.scratch)
      })
  }
}
