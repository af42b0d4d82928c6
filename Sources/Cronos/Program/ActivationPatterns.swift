import LinearAlgebra

/// The sampled hyperplanes and the activation patterns `D = 1[X·g ≥ 0]` that they cut
/// (Pilanci & Ergen 2020; docs/solver.md §1).
public struct ActivationPatterns<S: BLASScalar>: Sendable {
  /// The hyperplanes g, one a column, `[d, P]`.
  public let hyperplanes: Matrix<Float>
  /// D, 0 or 1, `[n, P]`.
  public let active: Matrix<S>

  /// Patterns of the rows of `features` `[n, d]` for given hyperplanes `[d, P]`.
  public init(hyperplanes: Matrix<Float>, features: Matrix<S>) {
    self.init(hyperplanes: hyperplanes, rows: FeatureRows(features))
  }

  /// Patterns of rows `[n, d]` as they were given, for hyperplanes `[d, P]`.
  init(hyperplanes: Matrix<Float>, rows: FeatureRows<S>) {
    self.hyperplanes = hyperplanes
    var projections = rows.times(hyperplanes.converted(to: S.self))
    unsafe projections.withUnsafeMutableElements { e in
      for i in e.indices { unsafe e[i] = e[i] >= 0 ? 1 : 0 }
    }
    active = projections
  }

  /// P, the number of hyperplanes.
  public var neurons: Int { hyperplanes.columns }
}

/// Standard normal hyperplanes `[d, P]` as jaxcld draws them: `split(PRNGKey(seed))`, drawn from
/// the second key; the first is carried on to the sketch.
public struct HyperplaneSample: Sendable {
  /// The hyperplanes g, one a column, `[d, P]`.
  public let hyperplanes: Matrix<Float>
  /// The key that jaxcld carries on after the draw.
  public let carry: ThreefryKey

  /// - Parameters:
  ///   - seed: 0 draws what jaxcld draws.
  ///   - dimension: d.
  ///   - neurons: P.
  public init(seed: UInt64, dimension: Int, neurons: Int) {
    let (carry, draw) = ThreefryKey(seed: seed).split()
    self.carry = carry
    hyperplanes = Matrix(
      rows: dimension, columns: neurons, draw.normals(count: dimension * neurons))
  }
}
