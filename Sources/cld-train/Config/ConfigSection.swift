import Evaluation

/// One object of a config, read key by key; a key that nobody asked for is an error at the end.
final class ConfigSection {
  let file: String
  /// Dotted path of this object, empty for the whole config.
  let path: String
  private let members: [String: JSONValue]
  private var asked: Set<String> = []

  init(_ members: [String: JSONValue], file: String, path: String = "") {
    (self.members, self.file, self.path) = (members, file, path)
  }

  /// The keys that are there, sorted.
  var keys: [String] { members.keys.sorted() }

  func has(_ key: String) -> Bool { members[key] != nil }

  func qualified(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func string(_ key: String, default fallback: String? = nil) throws(ConfigError) -> String {
    try value(key, "a string", fallback) { if case .string(let s) = $0 { s } else { nil } }
  }

  func optionalString(_ key: String) throws(ConfigError) -> String? {
    try isNull(key) ? nil : string(key)
  }

  func integer(_ key: String, default fallback: Int? = nil) throws(ConfigError) -> Int {
    try value(key, "a whole number", fallback) { $0.wholeNumber }
  }

  func optionalInteger(_ key: String) throws(ConfigError) -> Int? {
    try isNull(key) ? nil : integer(key)
  }

  func number(_ key: String, default fallback: Double? = nil) throws(ConfigError) -> Double {
    try value(key, "a number", fallback) { $0.double }
  }

  func optionalNumber(_ key: String) throws(ConfigError) -> Double? {
    try isNull(key) ? nil : number(key)
  }

  /// Whether the value is null, or missing.
  private func isNull(_ key: String) -> Bool {
    asked.insert(key)
    return (members[key] ?? .null) == .null
  }

  /// Whether the value is this word, where a number or an object may stand, too.
  func isString(_ key: String, _ word: String) -> Bool {
    asked.insert(key)
    return members[key] == .string(word)
  }

  func bool(_ key: String, default fallback: Bool? = nil) throws(ConfigError) -> Bool {
    try value(key, "true or false", fallback) { if case .bool(let b) = $0 { b } else { nil } }
  }

  func strings(_ key: String, default fallback: [String]? = nil) throws(ConfigError) -> [String] {
    try value(key, "a list of strings", fallback) {
      guard case .array(let elements) = $0 else { return nil }
      let strings = elements.compactMap { if case .string(let s) = $0 { s } else { nil } }
      return strings.count == elements.count ? strings : nil
    }
  }

  /// One of the raw values of an enumeration.
  func choice<E: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: E
  ) throws(ConfigError) -> E where E.RawValue == String {
    let text = try string(key, default: fallback.rawValue)
    guard let value = E(rawValue: text) else {
      let choices = E.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw .outOfRange(
        file: file, key: qualified(key), value: "'\(text)'", wanted: "one of \(choices)")
    }
    return value
  }

  /// The object under `key`; an empty one if it is missing and not needed.
  func section(_ key: String, needed: Bool = false) throws(ConfigError) -> ConfigSection {
    let object: [String: JSONValue] = try value(key, "an object", needed ? nil : [:]) {
      if case .object(let members) = $0 { members } else { nil }
    }
    return ConfigSection(object, file: file, path: qualified(key))
  }

  /// The strings of the object under `key`, by their names; none if it is missing.
  func table(_ key: String) throws(ConfigError) -> [String: String] {
    let section = try section(key)
    var table: [String: String] = [:]
    for name in section.keys { table[name] = try section.string(name) }
    return table
  }

  /// The objects of the list under `key`.
  func sections(_ key: String) throws(ConfigError) -> [ConfigSection] {
    let objects: [[String: JSONValue]] = try value(key, "a list of objects", nil) {
      guard case .array(let elements) = $0 else { return nil }
      let objects = elements.compactMap { element -> [String: JSONValue]? in
        if case .object(let members) = element { members } else { nil }
      }
      return objects.count == elements.count ? objects : nil
    }
    return objects.enumerated().map {
      ConfigSection($0.element, file: file, path: qualified("\(key).\($0.offset)"))
    }
  }

  /// - Throws: `ConfigError.unknownKey` for the first key that was never asked for.
  func finish() throws(ConfigError) {
    guard let unknown = keys.first(where: { !asked.contains($0) }) else { return }
    func edits(_ key: String) -> Int { EditDistance.counts(key, unknown).edits }
    let nearest = asked.min { edits($0) < edits($1) }
    throw .unknownKey(file: file, key: qualified(unknown), nearest: nearest.map(qualified))
  }

  /// Wraps a value that is out of the range its owner allows.
  func outOfRange(_ key: String, _ value: some CustomStringConvertible, _ wanted: String)
    -> ConfigError
  {
    .outOfRange(file: file, key: qualified(key), value: value.description, wanted: wanted)
  }

  /// A key that nobody has asked for and that is nearly this one.
  private func slip(of key: String) -> String? {
    keys.first { !asked.contains($0) && 3 * EditDistance.counts($0, key).edits <= key.count }
  }

  func value<T>(
    _ key: String, _ wanted: String, _ fallback: T?, _ read: (JSONValue) -> T?
  ) throws(ConfigError) -> T {
    asked.insert(key)
    guard let value = members[key] else {
      if let fallback { return fallback }
      if let slip = slip(of: key) {
        throw .unknownKey(file: file, key: qualified(slip), nearest: qualified(key))
      }
      throw .missing(file: file, key: qualified(key), wanted: wanted)
    }
    guard let result = read(value) else {
      throw .wrongType(
        file: file, key: qualified(key), wanted: wanted, found: value.kindAndText)
    }
    return result
  }
}

extension JSONValue {
  /// For messages: what kind of value this is, with its text when that is short.
  var kindAndText: String {
    switch self {
    case .null: "null"
    case .bool(let b): "\(b)"
    case .integer(let i): "\(i)"
    case .number(let x): "\(x)"
    case .string(let s): "the string '\(s.prefix(40))'"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
