import LinearAlgebra

/// Trainings on the same rows with different settings, which share what does not differ:
///
/// - K, and for `kronecker-pcg` its eigenbasis and the rotated rows: all of them;
/// - the patterns: those of one seed and P; the factor of `direct`: those of one κ, too, as the factor of one ρ
///   serves others (`SchurComplements`);
/// - the first half of the first iteration: those of one ρ, whatever their β and γ.
///
/// Nothing of it changes a result: a head is, up to rounding, the one that `trainConvexHead` gives.
public final class TrainingPool {
  private let data: LabelledEmbeddings
  private let validation: LabelledEmbeddings?
  private let log: (SolverMessage) -> Void
  private let memory: Int
  private var single: SystemCache<Float>?
  private var double: SystemCache<Double>?
  /// Settings whose float32 factor was not good enough.
  private var inaccurate: [CronosSettings] = []

  /// - Parameters:
  ///   - data: the rows that every training uses.
  ///   - validation: rows on which each is scored, of the same width.
  ///   - memory: bytes that what is shared may take beside what is in use; nil: a quarter of what is available.
  ///   - log: gets a line about each decision.
  /// - Throws: `TrainingDataError` where the validation rows have another width.
  public init(
    data: LabelledEmbeddings, validation: LabelledEmbeddings?, memory: Int? = nil,
    log: @escaping (SolverMessage) -> Void = { _ in }
  ) throws(TrainingDataError) {
    if let found = validation?.dimension, found != data.dimension {
      throw .width(expected: data.dimension, found: found)
    }
    (self.data, self.validation, self.log) = (data, validation, log)
    self.memory = memory ?? (MethodChoice.availableMemory ?? 1 << 32) / 4
  }

  /// A training of no iteration yet.
  /// - Throws: `SettingsError`.
  public func begin(_ settings: CronosSettings) throws(SettingsError) -> PausedTraining {
    try settings.validate()
    return PausedTraining(settings: settings, pool: self)
  }

  /// What a training needs of what is shared, and where its first iteration stands after its first half.
  enum Start {
    case single(SystemCache<Float>.Entry)
    case double(SystemCache<Double>.Entry)
  }

  /// - Throws: `LAPACKError`.
  func start(_ settings: CronosSettings) throws -> Start {
    let key = settings.systemKey
    if settings.precision == .float32, !inaccurate.contains(key) {
      do {
        return .single(try singleCache.entry(settings))
      } catch let failure as SinglePrecisionFailure {
        refuseSingle(settings, because: failure)
      }
    }
    return .double(try doubleCache.entry(settings))
  }

  /// From now on trainings with this system are done in float64.
  func refuseSingle(_ settings: CronosSettings, because failure: SinglePrecisionFailure) {
    log(.decision("\(failure); repeating in float64"))
    inaccurate.append(settings.systemKey)
  }

  /// Trains from the start, with everything that `trainConvexHead` looks at.
  func whole(
    _ settings: CronosSettings, isCancelled: () -> Bool
  ) throws -> TrainingResult {
    try trainConvexHead(
      on: data, validation: validation, settings: settings, log: log,
      progress: { _ in !isCancelled() })
  }

  var classes: Int { data.classes }

  private var singleCache: SystemCache<Float> {
    if let single { return single }
    let made = SystemCache<Float>(data: data, validation: validation, memory: memory, log: log)
    single = made
    return made
  }

  private var doubleCache: SystemCache<Double> {
    if let double { return double }
    let made = SystemCache<Double>(data: data, validation: validation, memory: memory, log: log)
    double = made
    return made
  }
}

extension CronosSettings {
  /// The settings that decide the linear system and the first half of the first iteration: all others
  /// as they are by default.
  var systemKey: CronosSettings {
    var key = self
    let standard = CronosSettings()
    if rho != .automatic { key.beta = standard.beta }
    (key.gammaRatio, key.iterate) = (standard.gammaRatio, standard.iterate)
    // `auto` weighs the iterations.
    if method != .auto { key.iterations = standard.iterations }
    return key
  }

  /// Whether only the number of iterations ends the solve.
  var runsToTheEnd: Bool { !stopsAtTolerance && gapTolerance == 0 && timeLimit == nil }
}

/// The linear systems of some settings in one precision, those used last.
final class SystemCache<S: BLASScalar> {
  /// One system, and ADMM after the first half of its first iteration.
  struct Entry {
    let workspace: Workspace<S>
    let admm: ADMM<S>
  }

  private let shared: SharedSetup<S>
  private let log: (SolverMessage) -> Void
  private let memory: Int
  /// The one used last at the end.
  private var entries: [(key: CronosSettings, entry: Entry)] = []

  init(
    data: LabelledEmbeddings, validation: LabelledEmbeddings?, memory: Int,
    log: @escaping (SolverMessage) -> Void
  ) {
    let factor = data.count * data.count * MemoryLayout<S>.size
    shared = SharedSetup(
      data: data, validation: validation, maximumFactors: max(1, memory / max(2 * factor, 1)))
    (self.log, self.memory) = (log, memory)
  }

  /// - Throws: `LAPACKError`, `SinglePrecisionFailure`.
  func entry(_ settings: CronosSettings) throws -> Entry {
    let key = settings.systemKey
    if let index = entries.firstIndex(where: { $0.key == key }) {
      let found = entries.remove(at: index)
      entries.append(found)
      return found.entry
    }
    if entries.count >= limit(settings) { entries.removeFirst() }
    let method = try choose(settings, for: shared.data, log: log)
    let workspace = try Workspace(shared, settings: settings, method: method)
    var admm = ADMM(workspace: workspace, settings: settings)
    try admm.open()
    let entry = Entry(workspace: workspace, admm: admm)
    entries.append((key, entry))
    return entry
  }

  /// How many entries the half of the memory that is not the factors' holds.
  private func limit(_ settings: CronosSettings) -> Int {
    let (n, d) = (shared.data.count, shared.given.columns)
    // u, v and λ; X·u and the cones' t.
    let elements = (3 * d + 2 * n) * 2 * shared.data.classes * settings.neurons
    return max(1, memory / (2 * elements * MemoryLayout<S>.size))
  }
}
