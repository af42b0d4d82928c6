import LinearAlgebra

/// What solves on the same rows have in common, each made when it is first asked for: the eigenbasis of
/// K and the rows in it, the patterns of a seed and P, and L∘(DDᵀ) of a κ.
final class SharedSetup<S: BLASScalar> {
  /// The patterns of one draw of hyperplanes.
  struct Patterns {
    let sample: HyperplaneSample
    /// D, `[n, P]`.
    let training: Matrix<S>
    let validation: Matrix<S>?
  }

  typealias Rows = (training: Matrix<S>, validation: Matrix<S>?)

  private struct Draw: Hashable {
    let seed: UInt64
    let neurons: Int
  }

  private struct Coupling {
    let draw: Draw
    let weightRatio: Double
    let hasCones: Bool
    let matrix: Matrix<S>
  }

  let data: LabelledEmbeddings
  let validation: LabelledEmbeddings?
  /// X `[n, d]`, as given.
  let features: Matrix<S>
  let targets: Matrix<S>
  /// The validation rows, as given.
  private let held: Matrix<S>?
  /// Whether L∘(DDᵀ) stays for the next ρ: it is as large as the factor.
  private let keepsCoupling: Bool
  private var knownBasis: SpectralBasis<S>?
  private var rotated: Rows?
  private var drawn: [Draw: Patterns] = [:]
  private var lastCoupling: Coupling?

  init(data: LabelledEmbeddings, validation: LabelledEmbeddings?, keepsCoupling: Bool) {
    (self.data, self.validation, self.keepsCoupling) = (data, validation, keepsCoupling)
    features = data.features.converted(to: S.self)
    targets = data.targets(as: S.self)
    held = validation.map { $0.features.converted(to: S.self) }
  }

  func patterns(seed: UInt64, neurons: Int) -> Patterns {
    let draw = Draw(seed: seed, neurons: neurons)
    if let known = drawn[draw] { return known }
    let sample = HyperplaneSample(seed: seed, dimension: features.columns, neurons: neurons)
    func active(_ features: Matrix<S>) -> Matrix<S> {
      ActivationPatterns<S>(hyperplanes: sample.hyperplanes, features: features).active
    }
    let patterns = Patterns(
      sample: sample, training: active(features), validation: held.map(active))
    drawn[draw] = patterns
    return patterns
  }

  func basis() throws(LAPACKError) -> SpectralBasis<S> {
    if let knownBasis { return knownBasis }
    let basis = try SpectralBasis<S>(of: data.features)
    knownBasis = basis
    return basis
  }

  /// The rows, in the eigenbasis of K where `rotated`.
  func rows(rotated isRotated: Bool) throws(LAPACKError) -> Rows {
    guard isRotated else { return (features, held) }
    if let rotated { return rotated }
    let basis = try basis()
    let rows = (training: basis.rotate(features), validation: held.map { basis.rotate($0) })
    rotated = rows
    return rows
  }

  /// L∘(DDᵀ) for a program with these settings' patterns; nil where it is not kept, and the system makes
  /// its own.
  func coupling(
    _ program: ConvexProgram<S>, _ eigenvalues: [Double], _ penalty: Penalty,
    _ settings: CronosSettings
  ) -> Matrix<S>? {
    guard keepsCoupling else { return nil }
    let draw = Draw(seed: settings.seed, neurons: settings.neurons)
    if let last = lastCoupling, last.draw == draw, last.weightRatio == penalty.weightRatio,
      last.hasCones == program.hasCones
    {
      return last.matrix
    }
    lastCoupling = nil  // before the next one is made
    let matrix = DirectSystem.coupling(program, eigenvalues: eigenvalues, penalty: penalty)
    lastCoupling = Coupling(
      draw: draw, weightRatio: penalty.weightRatio, hasCones: program.hasCones, matrix: matrix)
    return matrix
  }
}
