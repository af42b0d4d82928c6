import Cronos
import Evaluation

extension CronosSettings {
  /// Reads `cronos`.
  /// - Throws: `ConfigError` or `SettingsError`: the key and its range.
  init(_ section: ConfigSection) throws {
    self.init()
    neurons = try section.integer("neurons", default: neurons)
    rank = try section.integer("rank", default: rank)
    beta = try section.number("beta", default: beta)
    rho = try section.number("rho", default: rho)
    gammaRatio = try section.number("gamma_ratio", default: gammaRatio)
    iterations = try section.integer("admm_iters", default: iterations)
    pcgIterations = try section.integer("pcg_iters", default: pcgIterations)
    let seed = try section.integer("opt_seed", default: Int(seed))
    guard seed >= 0 else { throw section.outOfRange("opt_seed", seed, "0 or more") }
    self.seed = UInt64(seed)
    method = try section.choice("method", default: method)
    precision = try section.choice("precision", default: precision)
    try section.finish()
    try validate()
  }

  var json: JSONValue {
    [
      "neurons": .integer(neurons), "rank": .integer(rank), "beta": .number(beta),
      "rho": .number(rho), "gamma_ratio": .number(gammaRatio), "admm_iters": .integer(iterations),
      "pcg_iters": .integer(pcgIterations), "opt_seed": .integer(Int(seed)),
      "method": .string(method.rawValue), "precision": .string(precision.rawValue),
    ]
  }
}
