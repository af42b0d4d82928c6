import LinearAlgebra

/// What solves on the same rows have in common, each made when it is first asked for: K, its eigenbasis and
/// the rows in it, the patterns of a seed and P, and M⁻¹ and L∘(DDᵀ) of a κ.
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

  private struct KnownCoupling {
    let draw: Draw
    let weightRatio: Double
    let hasCones: Bool
    let coupling: DirectSystem<S>.Coupling
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
  /// Whether L∘(DDᵀ) stays for the next ρ: it is as large as the factor.
  private let keepsCoupling: Bool
  private var knownGram: Matrix<Double>?
  private var knownBasis: SpectralBasis<S>?
  private var rotated: Rows?
  private var drawn: [Draw: Patterns] = [:]
  private var lastCoupling: KnownCoupling?

  init(
    data: LabelledEmbeddings, validation: LabelledEmbeddings?, keepsCoupling: Bool,
    communicator: any RowCommunicator = SingleProcess()
  ) {
    (self.data, self.validation, self.keepsCoupling) = (data, validation, keepsCoupling)
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

  /// The exact solver's system for a program with these settings' patterns.
  /// - Throws: `LAPACKError`.
  func directSystem(
    _ program: ConvexProgram<S>, _ penalty: Penalty, _ settings: CronosSettings
  ) throws(LAPACKError) -> DirectSystem<S> {
    let inverse = try ShiftedGramInverse<S>(
      .dense(gram()), shift: penalty.weightRatio, scale: program.hasCones ? 1 : 0)
    return try DirectSystem(
      program: program, gram: gram(), inverse: inverse, penalty: penalty,
      coupling: keepsCoupling ? coupling(program, inverse, penalty, settings) : nil)
  }

  private func coupling(
    _ program: ConvexProgram<S>, _ inverse: ShiftedGramInverse<S>, _ penalty: Penalty,
    _ settings: CronosSettings
  ) -> DirectSystem<S>.Coupling {
    let draw = Draw(seed: settings.seed, neurons: settings.neurons)
    if let last = lastCoupling, last.draw == draw, last.weightRatio == penalty.weightRatio,
      last.hasCones == program.hasCones
    {
      return last.coupling
    }
    lastCoupling = nil  // before the next one is made
    let coupling = DirectSystem.Coupling(program, inverse)
    lastCoupling = KnownCoupling(
      draw: draw, weightRatio: penalty.weightRatio, hasCones: program.hasCones, coupling: coupling)
    return coupling
  }
}
