/// What can be wrong with a config. Each case names the file and the key.
enum ConfigError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case notJSON(file: String, reason: String)
  case unknownKey(file: String, key: String, nearest: String?)
  case missing(file: String, key: String, wanted: String)
  case wrongType(file: String, key: String, wanted: String, found: String)
  case outOfRange(file: String, key: String, value: String, wanted: String)
  case override(String, reason: String)

  var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .notJSON(let file, let reason): "\(file): not a JSON object: \(reason)"
    case .unknownKey(let file, let key, let nearest):
      "\(file): unknown key '\(key)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .missing(let file, let key, let wanted):
      "\(file): key '\(key)' is missing: needs \(wanted)"
    case .wrongType(let file, let key, let wanted, let found):
      "\(file): key '\(key)' is \(found): needs \(wanted)"
    case .outOfRange(let file, let key, let value, let wanted):
      "\(file): key '\(key)' is \(value): needs \(wanted)"
    case .override(let text, let reason): "--set \(text): \(reason)"
    }
  }
}
