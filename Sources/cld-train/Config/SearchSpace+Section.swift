import Evaluation
import Sweeps

extension Halving {
  /// Reads `halving`.
  init(_ section: ConfigSection) throws(ConfigError) {
    let first = try section.integer("min_iterations", default: 1)
    let factor = try section.integer("factor", default: 3)
    guard first >= 1 else { throw section.outOfRange("min_iterations", first, "1 or more") }
    guard factor >= 2 else { throw section.outOfRange("factor", factor, "2 or more") }
    try section.finish()
    self.init(firstIterations: first, factor: factor)
  }
}

extension SearchSpace {
  /// Reads `space`: a key of the config, and what it may be.
  init(_ section: ConfigSection) throws(ConfigError) {
    var parameters: [Parameter] = []
    for key in section.keys {
      if let values = try section.list(key) {
        guard !values.isEmpty else { throw section.outOfRange(key, "empty", "at least one value") }
        parameters.append(Parameter(key: key, domain: .choice(values)))
      } else {
        parameters.append(try Parameter(key: key, section.section(key)))
      }
    }
    try section.finish()
    self.init(parameters)
  }
}

extension Parameter {
  private enum Scale: String, CaseIterable {
    case linear, log, integer
    case logInteger = "log-integer"
  }

  init(key: String, _ section: ConfigSection) throws(ConfigError) {
    if let values = try section.list("values") {
      guard !values.isEmpty else {
        throw section.outOfRange("values", "empty", "at least one value")
      }
      try section.finish()
      self.init(key: key, domain: .choice(values))
      return
    }
    let scale = try section.choice("scale", default: Scale.linear)
    let steps = try section.integer("steps", default: 5)
    guard (2...10_000).contains(steps) else {
      throw section.outOfRange("steps", steps, "2 to 10000")
    }
    let isLogarithmic = scale == .log || scale == .logInteger
    func check(_ low: Double, _ high: Double) throws(ConfigError) {
      guard low.isFinite, high.isFinite, low < high else {
        throw section.outOfRange("high", high, "a number above `low`, \(low)")
      }
      guard !isLogarithmic || low > 0 else {
        throw section.outOfRange("low", low, "a number above 0 for a logarithmic scale")
      }
    }
    switch scale {
    case .linear, .log:
      let (low, high) = (try section.number("low"), try section.number("high"))
      try check(low, high)
      self.init(
        key: key,
        domain: .real(low: low, high: high, isLogarithmic: isLogarithmic, steps: steps))
    case .integer, .logInteger:
      let (low, high) = (try section.integer("low"), try section.integer("high"))
      try check(Double(low), Double(high))
      self.init(
        key: key,
        domain: .integer(low: low, high: high, isLogarithmic: isLogarithmic, steps: steps))
    }
    try section.finish()
  }
}
