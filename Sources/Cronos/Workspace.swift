import LinearAlgebra

/// What a solve needs and β does not change: features, patterns, targets, the linear system.
struct Workspace<S: BLASScalar> {
  /// g, `[d, P]`.
  let hyperplanes: Matrix<Float>
  /// Never `auto`.
  let method: CronosSettings.Method
  let penalty: Penalty
  /// The system that every iteration of every solve uses.
  let system: any LinearSystem<S>
  let communicator: any RowCommunicator
  /// What its solves write over.
  let scratch: ScratchMemory<S>
  private let totalSamples: Int
  /// Rows in the solver's basis.
  private let rows: FeatureRows<S>
  private let active, targets: Matrix<S>
  private let labels: [Int]
  /// Where the features are in it.
  private let basis: SpectralBasis<S>?
  /// K of the features.
  let gram: FeatureGram
  private let validation: Validation?
  private let model: CronosSettings.Model

  private struct Validation {
    let rows: FeatureRows<S>
    let active, targets: Matrix<S>
    let labels: [Int]
  }

  /// - Parameter method: not `auto`.
  /// - Throws: `LAPACKError`, `SinglePrecisionFailure`.
  init(
    data: LabelledEmbeddings, validation: LabelledEmbeddings?, settings: CronosSettings,
    method: CronosSettings.Method, communicator: any RowCommunicator = SingleProcess()
  ) throws {
    try self.init(
      SharedSetup(data: data, validation: validation, communicator: communicator),
      settings: settings, method: method)
  }

  /// - Parameter method: not `auto`.
  /// - Throws: `LAPACKError`, `SinglePrecisionFailure`.
  init(
    _ shared: SharedSetup<S>, settings: CronosSettings, method: CronosSettings.Method
  ) throws {
    let patterns = shared.patterns(seed: settings.seed, neurons: settings.neurons)
    (hyperplanes, self.method, model) = (patterns.sample.hyperplanes, method, settings.model)
    (communicator, totalSamples) = (shared.communicator, shared.totalSamples)
    scratch = shared.scratch(neurons: settings.neurons)
    active = patterns.training
    (targets, labels) = (shared.targets, shared.data.labels)
    let basis = method == .kroneckerPCG ? try shared.basis() : nil
    self.basis = basis
    gram = basis.map { .diagonal($0.eigenvalues) } ?? .dense(shared.gram())
    let all = try shared.rows(rotated: basis != nil)
    rows = all.training
    if let data = shared.validation, let rows = all.validation,
      let active = patterns.validation
    {
      validation = Validation(
        rows: rows, active: active, targets: data.targets(as: S.self), labels: data.labels)
    } else {
      validation = nil
    }
    let program = ConvexProgram(
      rows: rows, active: active, targets: targets, beta: settings.beta, hasCones: model == .relu,
      communicator: communicator, totalSamples: totalSamples)
    switch settings.rho {
    case .fixed(let rho): penalty = Penalty(rho: rho)
    case .automatic:
      penalty = .automatic(
        meanEigenvalue: gram.meanEigenvalue, beta: settings.beta,
        largestGradient: program.applyFTransposed(targets).columnNorms().max() ?? 0,
        unknowns: program.dimension * settings.neurons)
    }
    if let basis {
      system = try KroneckerPCG(
        program: program, eigenvalues: basis.eigenvalues, penalty: penalty,
        tolerance: settings.pcgTolerance, maximumSteps: settings.pcgIterations ?? 500,
        scratch: scratch)
    } else if method == .direct {
      system = try shared.directSystem(program, penalty, settings)
    } else {
      system = try NystromPCG(
        program: program, gram: shared.gram(), penalty: penalty, settings: settings,
        key: patterns.sample.carry, scratch: scratch)
    }
  }

  func program(beta: Double) -> ConvexProgram<S> {
    ConvexProgram(
      rows: rows, active: active, targets: targets, beta: beta, hasCones: model == .relu,
      communicator: communicator, totalSamples: totalSamples)
  }

  /// Weights back in the coordinates of the embeddings.
  func restore(_ u: BlockPair<S>) -> BlockPair<S> { basis?.restore(u) ?? u }

  /// Loss and accuracy of `Fu` `[n, C]` on the training rows.
  func score(fit: Matrix<S>) -> Score {
    Score(fit, targets: targets, labels: labels, communicator)
  }

  /// Loss and accuracy of the network at v on the validation rows.
  func validationScore(at v: BlockPair<S>) -> Score? {
    validation.map { validation in
      if model == .gatedReLU {
        let program = ConvexProgram(
          rows: validation.rows, active: validation.active, targets: validation.targets, beta: 1,
          hasCones: false, communicator: communicator, totalSamples: validation.labels.count)
        return Score(
          program.applyF(v), targets: validation.targets, labels: validation.labels, communicator)
      }
      let outputs = ProgramOutputs(validation.rows.times(v.both), active: validation.active)
      return Score(
        outputs.network, targets: validation.targets, labels: validation.labels, communicator)
    }
  }
}

extension ADMM {
  /// At the start of a solve with a workspace's system.
  init(workspace: Workspace<S>, settings: CronosSettings) {
    self.init(
      program: workspace.program(beta: settings.beta), penalty: workspace.penalty,
      settings: settings,
      relaxation: settings.relaxation(of: workspace.method),
      system: workspace.system, gram: workspace.gram, scratch: workspace.scratch)
  }
}

/// Mean squared error (summed over classes, no ½) and accuracy of outputs `[n, C]`, over the rows of all
/// ranks.
struct Score {
  let loss, accuracy: Double

  init<S: BLASScalar>(
    _ outputs: Matrix<S>, targets: Matrix<S>, labels: [Int], _ communicator: any RowCommunicator
  ) {
    var residual = outputs
    residual.combine(targets) { a, b in a - b }
    let correct = zip(outputs.argmaxOfRows(), labels).count { $0 == $1 }
    let sums = communicator.sum([
      residual.squaredColumnSums().reduce(0, +), Double(correct), Double(labels.count),
    ])
    (loss, accuracy) = (sums[0] / max(sums[2], 1), sums[1] / max(sums[2], 1))
  }
}
