import LinearAlgebra

/// What the solver says while it works.
public enum SolverMessage: Sendable, CustomStringConvertible {
  /// A choice that it made, such as the method.
  case decision(String)
  /// Settings that defeat themselves.
  case warning(String)

  public var description: String {
    switch self {
    case .decision(let text), .warning(let text): text
    }
  }
}

/// Trains a convex head on embeddings.
/// - Parameters:
///   - data: the rows to train on.
///   - validation: rows on which loss and accuracy are reported after each iteration.
///   - settings: the published ones, unless they are changed.
///   - log: gets a line about each decision, such as the method that `auto` chose, and warnings.
///   - communicator: the ranks that share the rows, if not all rows are here. Each rank calls this with its
///     own rows and, if there are any, its own validation rows, and gets the same result.
///   - checkpoint: where the solve's state is kept, and gone on from if the solve was ended before.
///   - progress: called after each iteration; `false` stops the solve there. Those that an ended solve
///     did are told again.
/// - Throws: `SettingsError`, `TrainingDataError`, `LAPACKError`; `TensorFileError` for a checkpoint that
///   cannot be written or read; `RankFailure` for what another rank failed in.
public func trainConvexHead(
  on data: LabelledEmbeddings, validation: LabelledEmbeddings? = nil, settings: CronosSettings,
  communicator: any RowCommunicator = SingleProcess(), checkpoint: SolverCheckpoint? = nil,
  log: (SolverMessage) -> Void = { _ in }, progress: (IterationRecord) -> Bool = { _ in true }
) throws -> TrainingResult {
  let results = try trainPath(
    on: data, validation: validation, settings: settings, betas: [settings.beta],
    communicator: communicator, checkpoint: checkpoint, log: log, progress: progress)
  return results[0]
}

/// Trains a head for each β, in the order given: patterns and the linear system are made once, and
/// each solve starts where the one before ended.
/// - Returns: a result for each β; fewer if the progress callback stopped a solve.
/// - Throws: `SettingsError`, `TrainingDataError`, `LAPACKError`.
public func trainConvexPath(
  on data: LabelledEmbeddings, validation: LabelledEmbeddings? = nil, settings: CronosSettings,
  betas: [Double], log: (SolverMessage) -> Void = { _ in },
  progress: (IterationRecord) -> Bool = { _ in true }
) throws -> [TrainingResult] {
  try trainPath(
    on: data, validation: validation, settings: settings, betas: betas,
    communicator: SingleProcess(), checkpoint: nil, log: log, progress: progress)
}

/// - Parameter checkpoint: for a path of one β only.
private func trainPath(
  on data: LabelledEmbeddings, validation: LabelledEmbeddings?, settings: CronosSettings,
  betas: [Double], communicator: any RowCommunicator, checkpoint: SolverCheckpoint?,
  log: (SolverMessage) -> Void, progress: (IterationRecord) -> Bool
) throws -> [TrainingResult] {
  precondition(!betas.isEmpty, "a path of no beta")
  for beta in betas {
    var settings = settings
    settings.beta = beta
    try settings.validate()
  }
  try communicator.together {
    if let found = validation?.dimension, found != data.dimension {
      throw TrainingDataError.width(expected: data.dimension, found: found)
    }
  }
  let method = try choose(settings, for: data, communicator, log: log)
  let store = checkpoint?.store(data, validation, settings, method, communicator)
  var found = store?.newest(before: settings.iterations, log: log)
  func run<S: BLASScalar>(_ type: S.Type) throws -> [TrainingResult] {
    let path = try BetaPath<S>(
      data: data, validation: validation, settings: settings, method: method,
      communicator: communicator)
    let resumed = try found.flatMap { try store?.read($0, as: type) }
    let results = try path.run(
      betas: betas, from: resumed, keeping: store, log: log, progress: progress)
    if results[0].status != .cancelled { store?.clear() }
    return results
  }
  guard settings.precision == .float32, found?.precision != .float64 else {
    return try run(Double.self)
  }
  do {
    return try run(Float.self)
  } catch let failure as SinglePrecisionFailure {
    log(.decision("\(failure); repeating in float64"))
  }
  store?.clear()
  found = nil
  return try run(Double.self)
}

/// The method that is meant, never `auto`.
/// - Throws: `SettingsError` for a method that needs all rows in the memory of one process, where they
///   are not.
func choose(
  _ settings: CronosSettings, for data: LabelledEmbeddings,
  _ communicator: any RowCommunicator = SingleProcess(), log: (SolverMessage) -> Void
) throws(SettingsError) -> CronosSettings.Method {
  var reason: String?
  if data.source != nil { reason = "the rows stay in their file" }
  if communicator.size > 1 { reason = "\(communicator.size) processes share the rows" }
  if let reason {
    guard [.auto, .kroneckerPCG].contains(settings.method) else {
      throw SettingsError(
        field: "method", value: settings.method.rawValue,
        range: "\(CronosSettings.Method.kroneckerPCG.rawValue), because \(reason)")
    }
    if settings.method == .auto { log(.decision("method kronecker-pcg: \(reason)")) }
    return .kroneckerPCG
  }
  guard settings.method == .auto else { return settings.method }
  let choice = MethodChoice(
    samples: data.count, dimension: data.dimension, neurons: settings.neurons,
    classes: data.classes, iterations: settings.iterations,
    bytesPerElement: settings.precision == .float32 ? 4 : 8,
    availableMemory: MethodChoice.availableMemory)
  log(.decision("method \(choice.reason)"))
  return choice.method
}
