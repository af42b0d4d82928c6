/// How a head is trained. The names in `cronos.*` of the config are in the comments.
public struct CronosSettings: Sendable, Equatable {
  /// How the u-system of each ADMM iteration is solved.
  public enum Method: String, Sendable, CaseIterable {
    /// As published: a fixed number of conjugate-gradient steps from zero, preconditioned by a
    /// randomised Nyström sketch.
    case direct
    case nystromPCG = "nystrom-pcg"
  }

  /// The arithmetic of the solver.
  public enum Precision: String, Sendable, CaseIterable {
    case float32, float64
  }

  /// `neurons`: P, the number of sampled hyperplanes.
  public var neurons = 64
  /// `rank` of the Nyström sketch.
  public var rank = 20
  /// `beta`: weight of the group norm.
  public var beta = 0.001
  /// `rho`: the ADMM penalty.
  public var rho = 0.1
  /// `gamma_ratio`: step of the dual updates, in (0, 2).
  public var gammaRatio = 1.0
  /// `admm_iters`: the number of ADMM iterations.
  public var iterations = 6
  /// `pcg_iters`: conjugate-gradient steps in each iteration.
  public var pcgIterations = 32
  /// `opt_seed`: draws hyperplanes and sketch; 0 draws what jaxcld draws.
  public var seed: UInt64 = 0
  /// `method`.
  public var method = Method.nystromPCG
  /// `precision`.
  public var precision = Precision.float32

  public init() {}

  /// - Throws: `SettingsError`: the field and its range.
  public func validate() throws(SettingsError) {
    func check(_ name: String, _ value: some Numeric, _ fits: Bool, _ range: String)
      throws(SettingsError)
    {
      guard fits else { throw SettingsError(field: name, value: "\(value)", range: range) }
    }
    try check("neurons", neurons, (1...65_536).contains(neurons), "1 to 65536")
    try check("rank", rank, (1...4096).contains(rank), "1 to 4096")
    try check("beta", beta, beta > 0 && beta.isFinite, "a number above 0")
    try check("rho", rho, rho > 0 && rho.isFinite, "a number above 0")
    try check("gamma_ratio", gammaRatio, gammaRatio > 0 && gammaRatio < 2, "above 0 and below 2")
    try check("admm_iters", iterations, (1...1_000_000).contains(iterations), "1 to 1000000")
    try check(
      "pcg_iters", pcgIterations, (1...1_000_000).contains(pcgIterations), "1 to 1000000")
  }
}

/// A setting outside its range.
public struct SettingsError: Error, Equatable, CustomStringConvertible {
  public let field, value, range: String

  public init(field: String, value: String, range: String) {
    (self.field, self.value, self.range) = (field, value, range)
  }

  public var description: String { "cronos.\(field) is \(value): needs \(range)" }
}
