import Cronos
import Evaluation

extension CronosSettings {
  /// Reads `cronos`.
  /// - Throws: `ConfigError` or `SettingsError`: the key and its range.
  init(_ section: ConfigSection) throws {
    self.init()
    model = try section.choice("model", default: model)
    neurons = try section.integer("neurons", default: neurons)
    rank = try section.integer("rank", default: rank)
    beta = try section.number("beta", default: beta)
    rho =
      try section.isString("rho", "auto") ? .automatic : .fixed(section.number("rho", default: 0.1))
    gammaRatio = try section.number("gamma_ratio", default: gammaRatio)
    relaxation = try section.optionalNumber("relaxation")
    iterations = try section.integer("admm_iters", default: iterations)
    if let limit = try section.optionalInteger("max_iterations") { iterations = limit }
    absoluteTolerance = try section.number("eps_abs", default: absoluteTolerance)
    relativeTolerance = try section.number("eps_rel", default: relativeTolerance)
    gapTolerance = try section.number("eps_gap", default: gapTolerance)
    timeLimit = try section.optionalNumber("time_limit_s")
    pcgIterations = try section.optionalInteger("pcg_iters")
    pcgTolerance = try section.number("pcg_tolerance", default: pcgTolerance)
    let seed = try section.integer("opt_seed", default: Int(seed))
    guard seed >= 0 else { throw section.outOfRange("opt_seed", seed, "0 or more") }
    self.seed = UInt64(seed)
    method = try section.choice("method", default: method)
    precision = try section.choice("precision", default: precision)
    iterate = try section.choice("iterate", default: iterate)
    checkpointInterval = try section.integer("checkpoint_every", default: checkpointInterval)
    storage = try section.choice("storage", default: storage)
    try section.finish()
    try validate()
  }

  var json: JSONValue {
    func orNull(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }
    let penalty: JSONValue = if case .fixed(let rho) = rho { .number(rho) } else { "auto" }
    return [
      "model": .string(model.rawValue), "neurons": .integer(neurons), "rank": .integer(rank),
      "beta": .number(beta),
      "rho": penalty, "gamma_ratio": .number(gammaRatio), "relaxation": orNull(relaxation),
      "admm_iters": .integer(iterations), "eps_abs": .number(absoluteTolerance),
      "eps_rel": .number(relativeTolerance), "eps_gap": .number(gapTolerance),
      "time_limit_s": orNull(timeLimit),
      "pcg_iters": pcgIterations.map { .integer($0) } ?? .null,
      "pcg_tolerance": .number(pcgTolerance), "opt_seed": .integer(Int(seed)),
      "method": .string(method.rawValue), "precision": .string(precision.rawValue),
      "iterate": .string(iterate.rawValue), "checkpoint_every": .integer(checkpointInterval),
      "storage": .string(storage.rawValue),
    ]
  }
}
