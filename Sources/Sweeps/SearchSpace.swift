import Evaluation
import Foundation

/// One setting that a sweep tries values of.
public struct Parameter: Sendable, Equatable {
  /// What values there are.
  public enum Domain: Sendable, Equatable {
    /// Real numbers, evenly or by their logarithm; `steps` of them in a grid, the ends included.
    case real(low: Double, high: Double, isLogarithmic: Bool, steps: Int)
    /// Whole numbers, in the same way.
    case integer(low: Int, high: Int, isLogarithmic: Bool, steps: Int)
    /// One of these, in no order.
    case choice([JSONValue])
  }

  /// The key path in the config, such as `cronos.beta`.
  public let key: String
  /// The values that it may have.
  public let domain: Domain

  /// - Precondition: low < high, above 0 where logarithmic; at least one choice; at least 2 steps.
  public init(key: String, domain: Domain) {
    switch domain {
    case .real(let low, let high, let isLogarithmic, let steps):
      precondition(low < high && (!isLogarithmic || low > 0) && steps >= 2, "\(key): \(domain)")
    case .integer(let low, let high, let isLogarithmic, let steps):
      precondition(low < high && (!isLogarithmic || low > 0) && steps >= 2, "\(key): \(domain)")
    case .choice(let values): precondition(!values.isEmpty, "\(key): no choice")
    }
    (self.key, self.domain) = (key, domain)
  }

  /// The value at a place in 0 ..< 1.
  func value(at place: Double) -> JSONValue {
    switch domain {
    case .real(let low, let high, let isLogarithmic, _):
      return .number(Self.rounded(Self.scale(low, high, isLogarithmic, place)))
    case .integer(let low, let high, let isLogarithmic, _):
      // Half a step beyond each end, so that all whole numbers are equally wide.
      let exact = Self.scale(Double(low) - 0.5, Double(high) + 0.5, isLogarithmic, place)
      return .integer(min(max(Int(exact.rounded()), low), high))
    case .choice(let values):
      return values[min(Int(place * Double(values.count)), values.count - 1)]
    }
  }

  /// Where a value lies in 0 ... 1; for a choice, its index. nil for a value that is not of the domain.
  public func place(of value: JSONValue) -> Double? {
    func inverse(_ low: Double, _ high: Double, _ isLogarithmic: Bool, _ x: Double) -> Double {
      let share =
        isLogarithmic ? (log(x) - log(low)) / (log(high) - log(low)) : (x - low) / (high - low)
      return min(max(share, 0), 1)
    }
    switch domain {
    case .real(let low, let high, let isLogarithmic, _):
      return value.double.map { inverse(low, high, isLogarithmic, $0) }
    case .integer(let low, let high, let isLogarithmic, _):
      return value.double.map {
        inverse(Double(low) - 0.5, Double(high) + 0.5, isLogarithmic, $0)
      }
    case .choice(let values): return values.firstIndex(of: value).map(Double.init)
    }
  }

  /// The values of a grid, each once.
  public var gridValues: [JSONValue] {
    switch domain {
    case .real(let low, let high, let isLogarithmic, let steps):
      return (0..<steps).map {
        .number(
          Self.rounded(Self.scale(low, high, isLogarithmic, Double($0) / Double(steps - 1))))
      }
    case .integer(let low, let high, let isLogarithmic, let steps):
      var values: [Int] = []
      for step in 0..<steps {
        let share = Double(step) / Double(steps - 1)
        let value = Int(Self.scale(Double(low), Double(high), isLogarithmic, share).rounded())
        if values.last != value { values.append(value) }
      }
      return values.map { .integer($0) }
    case .choice(let values): return values
    }
  }

  private static func scale(
    _ low: Double, _ high: Double, _ isLogarithmic: Bool, _ share: Double
  ) -> Double {
    isLogarithmic
      ? exp(log(low) + share * (log(high) - log(low))) : low + share * (high - low)
  }

  /// Six significant digits: what a config is given can be read, and is the same everywhere.
  private static func rounded(_ x: Double) -> Double { Double(String(format: "%.6g", x)) ?? x }
}

/// The settings that a sweep tries, and what each trial is: a value for each key.
public struct SearchSpace: Sendable, Equatable {
  /// Sorted by key.
  public let parameters: [Parameter]

  /// Takes parameters in any order.
  /// - Parameter parameters: each key once; an empty list is a space of one trial without settings.
  public init(_ parameters: [Parameter]) {
    self.parameters = parameters.sorted { $0.key < $1.key }
  }

  func settings(at places: [Double]) -> [String: JSONValue] {
    var settings: [String: JSONValue] = [:]
    for (parameter, place) in zip(parameters, places) {
      settings[parameter.key] = parameter.value(at: place)
    }
    return settings
  }

  /// How many combinations a grid has.
  public var gridCount: Int {
    parameters.reduce(1) { count, parameter in
      let (product, overflow) = count.multipliedReportingOverflow(by: parameter.gridValues.count)
      return overflow ? .max : product
    }
  }

  /// All combinations, the last key changing fastest.
  var grid: [[String: JSONValue]] {
    parameters.reduce([[:]]) { rows, parameter in
      rows.flatMap { row in
        parameter.gridValues.map { value in row.merging([parameter.key: value]) { $1 } }
      }
    }
  }
}
