import LinearAlgebra

/// The convex two-layer ReLU program for all classes at once (docs/solver.md §1): for class k
///
///     minimise  ½‖Σᵢ Dᵢ X (vᵢ − wᵢ) − y‖² + β Σᵢ (‖vᵢ‖₂ + ‖wᵢ‖₂)
///     subject to  Eᵢ X vᵢ ≥ 0,  Eᵢ X wᵢ ≥ 0.
///
/// Pilanci & Ergen 2020; Feng et al. 2024 (CRONOS), eq. 2. Immutable in a solve.
///
/// Without the cones it is the gated ReLU program in u = v − w (Mishkin et al. 2022): at its optimum
/// one of vᵢ and wᵢ may be taken as zero or both as opposite, and ‖vᵢ‖ + ‖wᵢ‖ = ‖uᵢ‖.
///
/// Where several ranks share the rows, X, D and Y are those of this rank, and every sum over rows is one over
/// the rows of all ranks.
public struct ConvexProgram<S: BLASScalar>: Sendable {
  /// X `[n, d]`.
  public let rows: FeatureRows<S>
  /// D `[n, P]`.
  public let active: Matrix<S>
  /// Y `[n, C]`, one-hot.
  public let targets: Matrix<S>
  /// Weight of the group norm, > 0.
  public let beta: Double
  /// Whether the cone constraints are part of it.
  public let hasCones: Bool
  public let communicator: any RowCommunicator
  /// The rows of all ranks.
  public let totalSamples: Int

  public init(
    features: Matrix<S>, active: Matrix<S>, targets: Matrix<S>, beta: Double,
    hasCones: Bool = true
  ) {
    self.init(
      rows: FeatureRows(features), active: active, targets: targets, beta: beta, hasCones: hasCones,
      communicator: SingleProcess(), totalSamples: features.rows)
  }

  public init(
    rows: FeatureRows<S>, active: Matrix<S>, targets: Matrix<S>, beta: Double, hasCones: Bool,
    communicator: any RowCommunicator, totalSamples: Int
  ) {
    precondition(
      rows.rows == active.rows && rows.rows == targets.rows,
      "X [\(rows.rows), \(rows.columns)], D \(active.shape), Y \(targets.shape)")
    (self.rows, self.active, self.targets) = (rows, active, targets)
    (self.beta, self.hasCones) = (beta, hasCones)
    (self.communicator, self.totalSamples) = (communicator, totalSamples)
  }

  /// X as a matrix, for what needs all rows in one memory.
  public var features: Matrix<S> {
    guard let matrix = rows.matrix else {
      preconditionFailure("rows [\(rows.rows), \(rows.columns)] are not in memory")
    }
    return matrix
  }

  /// The rows of this rank.
  public var samples: Int { rows.rows }
  public var dimension: Int { rows.columns }
  public var neurons: Int { active.columns }
  public var classes: Int { targets.columns }

  /// `F u = Σᵢ Dᵢ X (vᵢ − wᵢ)`, `[n, C]`; any number of classes.
  public func applyF(_ u: BlockPair<S>) -> Matrix<S> {
    var fit = Matrix<S>(rows: samples, columns: u.columns / max(neurons, 1))
    FitOperator(program: self, scratch: ScratchMemory()).multiply(u.difference(), into: &fit)
    return fit
  }

  /// The v half of `Fᵀz`, `[d, C·P]`; the w half is its negative.
  public func applyFTransposed(_ z: Matrix<S>) -> Matrix<S> {
    var product = Matrix<S>(rows: dimension, columns: z.columns * neurons)
    FitOperator(program: self, scratch: ScratchMemory()).multiplyTransposed(z, into: &product)
    return product
  }

  /// `Xᵀ·a` over the rows of all ranks, `[d, m]` for a `[n, m]`.
  func transposedProduct(_ a: Matrix<S>) -> Matrix<S> {
    var product = rows.transposedTimes(a)
    communicator.sum(&product)
    return product
  }

  /// `out ← alpha·Xᵀ·a + beta·out` over the rows of all ranks; out, which every rank has, counts once.
  func multiplyTransposed(
    _ a: Matrix<S>, into out: inout Matrix<S>, alpha: S = 1, beta: S = 0
  ) {
    rows.multiplyTransposed(
      a, into: &out, alpha: alpha, beta: communicator.isRoot ? beta : 0)
    communicator.sum(&out)
  }

  /// Σ over the rows of all ranks of `a∘a`, a sum for each column.
  func squaredColumnSums(_ a: Matrix<S>) -> [Double] { communicator.sum(a.squaredColumnSums()) }

  /// `G u = (E∘(X v), E∘(X w))`, `[n, C·P]` each.
  public func applyG(_ u: BlockPair<S>) -> BlockPair<S> {
    let product = rows.times(u.both)
    var signed = product
    PatternKernels.sign(product, active: active, into: &signed)
    return BlockPair(both: signed)
  }

  /// `Gᵀ a = (Xᵀ(E∘a_v), Xᵀ(E∘a_w))`, `[d, C·P]` each.
  public func applyGTransposed(_ a: BlockPair<S>) -> BlockPair<S> {
    var signed = a.both
    PatternKernels.sign(a.both, active: active, into: &signed)
    return BlockPair(both: transposedProduct(signed))
  }
}
