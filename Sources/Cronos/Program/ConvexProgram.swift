import LinearAlgebra

/// The convex two-layer ReLU program for all classes at once (solver.md §1): for class k
///
///     minimise  ½‖Σᵢ Dᵢ X (vᵢ − wᵢ) − y‖² + β Σᵢ (‖vᵢ‖₂ + ‖wᵢ‖₂)
///     subject to  Eᵢ X vᵢ ≥ 0,  Eᵢ X wᵢ ≥ 0.
///
/// Pilanci & Ergen 2020; Feng et al. 2024 (CRONOS), eq. 2. Immutable in a solve.
///
/// Without the cones it is the gated ReLU program in u = v − w (Mishkin et al. 2022): at its optimum
/// one of vᵢ and wᵢ may be taken as zero or both as opposite, and ‖vᵢ‖ + ‖wᵢ‖ = ‖uᵢ‖.
public struct ConvexProgram<S: BLASScalar>: Sendable {
  /// X `[n, d]`.
  public let features: Matrix<S>
  /// D `[n, P]`.
  public let active: Matrix<S>
  /// Y `[n, C]`, one-hot.
  public let targets: Matrix<S>
  /// Weight of the group norm, > 0.
  public let beta: Double
  /// Whether the cone constraints are part of it.
  public let hasCones: Bool

  public init(
    features: Matrix<S>, active: Matrix<S>, targets: Matrix<S>, beta: Double,
    hasCones: Bool = true
  ) {
    precondition(
      features.rows == active.rows && features.rows == targets.rows,
      "X \(features.shape), D \(active.shape), Y \(targets.shape)")
    (self.features, self.active, self.targets) = (features, active, targets)
    (self.beta, self.hasCones) = (beta, hasCones)
  }

  public var samples: Int { features.rows }
  public var dimension: Int { features.columns }
  public var neurons: Int { active.columns }
  public var classes: Int { targets.columns }

  /// `F u = Σᵢ Dᵢ X (vᵢ − wᵢ)`, `[n, C]`; any number of classes.
  public func applyF(_ u: BlockPair<S>) -> Matrix<S> {
    var q = u.v
    q.combine(u.w) { v, w in v - w }
    return PatternKernels.sumActive(multiply(features, q), minus: nil, active: active)
  }

  /// The v half of `Fᵀz`, `[d, C·P]`; the w half is its negative.
  public func applyFTransposed(_ z: Matrix<S>) -> Matrix<S> {
    var spread = Matrix<S>(rows: samples, columns: z.columns * neurons)
    PatternKernels.spread(z, scale: 1, active: active, into: &spread)
    return multiply(features, spread, transposeA: true)
  }

  /// `G u = (E∘(X v), E∘(X w))`, `[n, C·P]` each.
  public func applyG(_ u: BlockPair<S>) -> BlockPair<S> {
    BlockPair(v: signedProduct(u.v), w: signedProduct(u.w))
  }

  /// `Gᵀ a = (Xᵀ(E∘a_v), Xᵀ(E∘a_w))`, `[d, C·P]` each.
  public func applyGTransposed(_ a: BlockPair<S>) -> BlockPair<S> {
    func half(_ a: Matrix<S>) -> Matrix<S> {
      var signed = a
      PatternKernels.sign(a, active: active, into: &signed)
      return multiply(features, signed, transposeA: true)
    }
    return BlockPair(v: half(a.v), w: half(a.w))
  }

  private func signedProduct(_ u: Matrix<S>) -> Matrix<S> {
    let product = multiply(features, u)
    var signed = product
    PatternKernels.sign(product, active: active, into: &signed)
    return signed
  }
}
