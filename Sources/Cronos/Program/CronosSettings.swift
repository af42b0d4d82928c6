/// How a head is trained. The names in `cronos.*` of the config are in the comments.
public struct CronosSettings: Sendable, Equatable {
  /// How the u-system of each ADMM iteration is solved.
  public enum Method: String, Sendable, CaseIterable {
    /// `direct` or `kroneckerPCG`, by the cost model of `MethodChoice`.
    case auto
    /// One Cholesky factor for all classes and iterations: exact.
    case direct
    /// Conjugate gradients to a tolerance, in memory linear in n.
    case kroneckerPCG = "kronecker-pcg"
    /// As published: a fixed number of conjugate-gradient steps from zero, preconditioned by a
    /// randomised Nyström sketch.
    case nystromPCG = "nystrom-pcg"
  }

  /// The network whose convex program is solved.
  public enum Model: String, Sendable, CaseIterable {
    /// ReLU units: cones hold each weight in the pattern that it was sampled with.
    case relu
    /// Units `1[x·g ≥ 0]·(x·u)` with the sampled hyperplanes as fixed gates: no cones.
    case gatedReLU = "gated-relu"
  }

  /// The arithmetic of the solver.
  public enum Precision: String, Sendable, CaseIterable {
    case float32, float64
  }

  /// The ADMM penalty.
  public enum Rho: Sendable, Equatable {
    /// One number for both constraints, as published.
    case fixed(Double)
    /// From the scale of the data: see `Penalty.automatic`.
    case automatic
  }

  /// Which iterate is delivered.
  public enum Iterate: String, Sendable, CaseIterable {
    case last
    /// The one with the highest accuracy on the validation rows, the first of equals.
    case bestValidation = "best_validation"
  }

  /// Where the rows are while the solver works.
  public enum Storage: String, Sendable, CaseIterable {
    /// In memory if they fit there with what else is needed, else in their file.
    case automatic = "auto"
    case memory
    /// They stay in their file, and are read block by block at every product.
    case file
  }

  /// `model`.
  public var model = Model.relu
  /// `neurons`: P, the number of sampled hyperplanes, 1 to 65,536.
  public var neurons = 64
  /// `beta`: weight of the group norm, > 0.
  public var beta = 0.001
  /// `rho`: ρ, 1e-18 to 1e18, or `auto`.
  public var rho = Rho.fixed(0.1)
  /// `gamma_ratio`: step of the dual updates, in (0, 2).
  public var gammaRatio = 1.0
  /// `relaxation`: over-relaxation α in [1, 2); nil is 1 for the published method, 1.8
  /// with `rho: auto`, which is for many iterations, and 1.6 otherwise.
  public var relaxation: Double?
  /// `admm_iters`: the number of ADMM iterations, at most; 1 to 10,000,000.
  public var iterations = 6
  /// `eps_abs`, `eps_rel`, 0 or more and below 1: the solve has converged when both residuals are below
  /// `eps_abs·√size + eps_rel·scale`; both 0: it is not asked.
  public var absoluteTolerance = 0.0
  /// `eps_rel`: see `absoluteTolerance`.
  public var relativeTolerance = 0.0
  /// `eps_gap`, 0 or more and below 1: the solve has converged, too, when the relative gap between the
  /// objective at v and the lower bound is below it, and so is the cone violation relative to ‖Gu‖; 0: it is
  /// not asked.
  public var gapTolerance = 0.0
  /// `time_limit_s`: seconds, > 0; nil: no limit.
  public var timeLimit: Double?
  /// `opt_seed`: draws hyperplanes and sketch; 0 draws what jaxcld draws.
  public var seed: UInt64 = 0
  /// `method`.
  public var method = Method.auto
  /// `precision`.
  public var precision = Precision.float32
  /// `iterate`.
  public var iterate = Iterate.last
  /// `rank` of the Nyström sketch, 1 to 4,096, `nystrom-pcg` only.
  public var rank = 20
  /// `pcg_iters`: conjugate-gradient steps of each iteration, 1 to 1,000,000; `nystrom-pcg` takes as many
  /// (nil: 32), for `kronecker-pcg` it is a limit (nil: 500).
  public var pcgIterations: Int?
  /// `pcg_tolerance`, above 0 and below 1: residual, relative to the largest right-hand side so far (the first,
  /// as a rule), at which `kronecker-pcg` ends a solve; a hundredth of the solve's own right-hand side is
  /// reached in any case.
  public var pcgTolerance = 1e-5
  /// `checkpoint_every`: iterations between two checkpoints of the solve, up to 10,000,000; 0: none.
  public var checkpointInterval = 0
  /// `storage`.
  public var storage = Storage.automatic

  public init() {}

  /// α: what was set, or the default of the method and the penalty.
  func relaxation(of method: Method) -> Double {
    if let relaxation { return relaxation }
    if method == .nystromPCG { return 1 }
    return rho == .automatic ? 1.8 : 1.6
  }

  /// Whether a tolerance can end the solve.
  var stopsAtTolerance: Bool { absoluteTolerance > 0 || relativeTolerance > 0 }

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
    if case .fixed(let rho) = rho {
      // What float32 can hold, with room for its square.
      try check("rho", rho, (1e-18...1e18).contains(rho), "1e-18 to 1e18, or \"auto\"")
    }
    try check("gamma_ratio", gammaRatio, gammaRatio > 0 && gammaRatio < 2, "above 0 and below 2")
    if let relaxation {
      try check("relaxation", relaxation, (1..<2).contains(relaxation), "1 or more, below 2")
    }
    try check("admm_iters", iterations, (1...10_000_000).contains(iterations), "1 to 10000000")
    if let pcgIterations {
      try check(
        "pcg_iters", pcgIterations, (1...1_000_000).contains(pcgIterations), "1 to 1000000")
    }
    try check(
      "pcg_tolerance", pcgTolerance, pcgTolerance > 0 && pcgTolerance < 1, "above 0 and below 1")
    for (name, tolerance) in [
      ("eps_abs", absoluteTolerance), ("eps_rel", relativeTolerance), ("eps_gap", gapTolerance),
    ] {
      try check(name, tolerance, tolerance >= 0 && tolerance < 1, "0 or more, below 1")
    }
    try check(
      "checkpoint_every", checkpointInterval, (0...10_000_000).contains(checkpointInterval),
      "0 to 10000000")
    if let timeLimit {
      try check("time_limit_s", timeLimit, timeLimit > 0, "a number of seconds above 0")
    }
  }
}

/// A setting outside its range.
public struct SettingsError: Error, Equatable, CustomStringConvertible {
  /// The key below `cronos`, what it is, and what it needs to be.
  public let field, value, range: String

  public init(field: String, value: String, range: String) {
    (self.field, self.value, self.range) = (field, value, range)
  }

  public var description: String { "cronos.\(field) is \(value): needs \(range)" }
}
