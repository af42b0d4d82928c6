import LinearAlgebra

/// What solves on the same rows have in common, each made when it is first asked for: K, its eigenbasis and
/// the rows in it, the patterns of a seed and P, and what `direct` needs of a κ.
final class SharedSetup<S: BLASScalar> {
  /// The patterns of one draw of hyperplanes.
  struct Patterns {
    let sample: HyperplaneSample
    /// D, `[n, P]`.
    let training: Matrix<S>
    let validation: Matrix<S>?
  }

  typealias Rows = (training: FeatureRows<S>, validation: FeatureRows<S>?)

  private struct Draw: Hashable {
    let seed: UInt64
    let neurons: Int
  }

  private struct SchurKey: Hashable {
    let draw: Draw
    let weightRatio: Double
    let hasCones: Bool
  }

  let data: LabelledEmbeddings
  let validation: LabelledEmbeddings?
  let communicator: any RowCommunicator
  /// The rows of all ranks.
  let totalSamples: Int
  /// X `[n, d]`, as given.
  let given: FeatureRows<S>
  let targets: Matrix<S>
  /// The validation rows, as given.
  private let held: FeatureRows<S>?
  private let maximumFactors: Int
  private var knownGram: Matrix<Double>?
  private var knownBasis: SpectralBasis<S>?
  private var rotated: Rows?
  private var drawn: [Draw: Patterns] = [:]
  private var lastSchur: (key: SchurKey, complements: SchurComplements<S>)?
  private var scratches: [Int: ScratchMemory<S>] = [:]

  /// - Parameter maximumFactors: how many n×n factors `direct` may keep.
  init(
    data: LabelledEmbeddings, validation: LabelledEmbeddings?, maximumFactors: Int = 1,
    communicator: any RowCommunicator = SingleProcess()
  ) {
    (self.data, self.validation, self.maximumFactors) = (data, validation, maximumFactors)
    self.communicator = communicator
    totalSamples = communicator.sum(data.count)
    given = data.rows(as: S.self)
    targets = data.targets(as: S.self)
    held = validation.map { $0.rows(as: S.self) }
  }

  func patterns(seed: UInt64, neurons: Int) -> Patterns {
    let draw = Draw(seed: seed, neurons: neurons)
    if let known = drawn[draw] { return known }
    let sample = HyperplaneSample(seed: seed, dimension: given.columns, neurons: neurons)
    func active(_ rows: FeatureRows<S>) -> Matrix<S> {
      ActivationPatterns<S>(hyperplanes: sample.hyperplanes, rows: rows).active
    }
    let patterns = Patterns(
      sample: sample, training: active(given), validation: held.map(active))
    drawn[draw] = patterns
    return patterns
  }

  /// The lower triangle of K of the rows of all ranks, `[d, d]`.
  func gram() -> Matrix<Double> {
    if let knownGram { return knownGram }
    var gram = data.source.map(lowerGramInDouble) ?? lowerGramInDouble(data.features)
    communicator.sum(&gram)
    knownGram = gram
    return gram
  }

  func basis() throws(LAPACKError) -> SpectralBasis<S> {
    if let knownBasis { return knownBasis }
    let basis = try SpectralBasis<S>(of: gram(), on: communicator)
    knownBasis = basis
    return basis
  }

  /// The rows, in the eigenbasis of K where `rotated`.
  func rows(rotated isRotated: Bool) throws(LAPACKError) -> Rows {
    guard isRotated else { return (given, held) }
    if let rotated { return rotated }
    let basis = try basis()
    let rows = (training: given.rotated(into: basis), validation: held?.rotated(into: basis))
    rotated = rows
    return rows
  }

  /// What solves with that many neurons write over; they work one after the other.
  func scratch(neurons: Int) -> ScratchMemory<S> {
    if let known = scratches[neurons] { return known }
    let made = ScratchMemory<S>()
    scratches[neurons] = made
    return made
  }

  /// The exact solver's system for a program with these settings' patterns.
  /// - Throws: `LAPACKError`, `SinglePrecisionFailure`.
  func directSystem(
    _ program: ConvexProgram<S>, _ penalty: Penalty, _ settings: CronosSettings
  ) throws -> DirectSystem<S> {
    let key = SchurKey(
      draw: Draw(seed: settings.seed, neurons: settings.neurons),
      weightRatio: penalty.weightRatio, hasCones: program.hasCones)
    let scratch = scratch(neurons: settings.neurons)
    if let last = lastSchur, last.key == key {
      return try DirectSystem(
        program: program, penalty: penalty, schur: last.complements, scratch: scratch)
    }
    lastSchur = nil  // before the next one is made
    let schur = try SchurComplements(
      program: program, gram: gram(), weightRatio: penalty.weightRatio,
      maximumFactors: maximumFactors, scratch: scratch)
    lastSchur = (key, schur)
    return try DirectSystem(program: program, penalty: penalty, schur: schur, scratch: scratch)
  }
}
