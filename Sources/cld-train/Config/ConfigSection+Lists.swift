import Evaluation

/// Lists to search in; a single value stands for a list of one.
extension ConfigSection {
  func integers(_ key: String, default fallback: [Int]) throws(ConfigError) -> [Int] {
    try elements(key, "a whole number or a list of them", fallback) { $0.wholeNumber }
  }

  func numbers(_ key: String, default fallback: [Double]) throws(ConfigError) -> [Double] {
    try elements(key, "a number or a list of them", fallback) { $0.double }
  }

  func choices<E: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: [E]
  ) throws(ConfigError) -> [E] where E.RawValue == String {
    let known = E.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try elements(key, "of \(known), one or a list", fallback) {
      if case .string(let name) = $0 { E(rawValue: name) } else { nil }
    }
  }

  /// The files of curves; none for an empty list.
  func curves(_ key: String) throws(ConfigError) -> [CurveFile] {
    try strings(key).isEmpty ? [] : choices(key, default: [])
  }

  private func elements<T>(
    _ key: String, _ wanted: String, _ fallback: [T], _ read: (JSONValue) -> T?
  ) throws(ConfigError) -> [T] {
    try value(key, wanted, fallback) { value in
      let elements: [JSONValue] = if case .array(let list) = value { list } else { [value] }
      let result = elements.compactMap(read)
      return result.count == elements.count && !result.isEmpty ? result : nil
    }
  }
}
