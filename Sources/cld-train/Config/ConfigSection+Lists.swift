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

  /// The files of curves; none for an empty list, or where there is none.
  func curves(_ key: String) throws(ConfigError) -> [CurveFile] {
    try strings(key, default: []).isEmpty ? [] : choices(key, default: [])
  }

  /// Seeds, each once; nil where there are none.
  func seeds(_ key: String) throws(ConfigError) -> [Int]? {
    guard has(key) else { return nil }
    let seeds = try integers(key, default: [])
    guard Set(seeds).count == seeds.count, seeds.allSatisfy({ $0 >= 0 }) else {
      throw outOfRange(key, "\(seeds)", "different whole numbers, 0 or more")
    }
    return seeds
  }

  /// The elements of a list, whatever they are; nil where the value is no list or is missing.
  func list(_ key: String) throws(ConfigError) -> [JSONValue]? {
    guard has(key) else { return nil }
    return try value(key, "anything", nil) { value -> [JSONValue]?? in
      if case .array(let elements) = value { .some(elements) } else { .some(nil) }
    }
  }

  /// The members of an object whose keys are not known beforehand, sorted; none where it is missing.
  func members(_ key: String) throws(ConfigError) -> [(key: String, value: JSONValue)] {
    let object: [String: JSONValue] = try value(key, "an object", [:]) {
      if case .object(let members) = $0 { members } else { nil }
    }
    return object.sorted { $0.key < $1.key }
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
