import Evaluation
import Foundation
import TensorFiles

/// A config as JSON, with `--set` overrides applied, before its keys have a meaning.
struct ConfigTree {
  var root: [String: JSONValue]
  /// The file, or what stands for it in messages.
  let file: String

  /// - Parameter overrides: what `--set` says.
  /// - Throws: `ConfigError`: unreadable, not a JSON object, or `.override`.
  init(file: String, overrides: [String] = []) throws(ConfigError) {
    self.file = file
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw .unreadable(file: file, reason: error.systemReason)
    }
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: data)
    } catch {
      let detail = ((error as? DecodingError).map(Self.detail) ?? "\(error)")
      throw .notJSON(file: file, reason: detail)
    }
    guard case .object(let members) = value else {
      throw .notJSON(file: file, reason: "it is \(value.kindAndText)")
    }
    root = members
    for override in overrides { try set(override) }
  }

  /// No file: defaults and overrides only.
  init(named name: String) {
    (root, file) = ([:], name)
  }

  /// A path in the config as seen from here: beside the config's own file where something is there,
  /// else as it is.
  func resolve(_ path: String) -> String {
    guard !path.isEmpty, !path.hasPrefix("/") else { return path }
    let beside = URL(fileURLWithPath: file).deletingLastPathComponent().path + "/" + path
    return FileManager.default.fileExists(atPath: beside) ? beside : path
  }

  private static func detail(_ error: DecodingError) -> String {
    guard case .dataCorrupted(let context) = error else { return "\(error)" }
    let cause = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
    return cause ?? context.debugDescription
  }

  /// Applies `key.path=value`. The value is JSON where it reads as JSON, else a string; a number in
  /// the path is an index into a list.
  /// - Throws: `ConfigError.override`.
  mutating func set(_ override: String) throws(ConfigError) {
    guard let equals = override.firstIndex(of: "="), equals != override.startIndex else {
      throw .override(override, reason: "needs the form key.path=value")
    }
    let path = override[..<equals].split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    guard !path.contains("") else {
      let reason = "key '\(override[..<equals])' has an empty part; write section.key"
      throw .override(override, reason: reason)
    }
    let text = String(override[override.index(after: equals)...])
    let value = (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .string(text)
    guard assign(value, at: path) else {
      throw .override(override, reason: "the key leads through a value that is not an object")
    }
  }

  /// Gives the key at a dotted path a value.
  /// - Throws: `ConfigError.outOfRange` where the path leads through a value that is no object.
  mutating func set(_ key: String, to value: JSONValue) throws(ConfigError) {
    let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !path.contains(""), assign(value, at: path) else {
      throw .outOfRange(
        file: file, key: key, value: value.kindAndText, wanted: "a path through objects to a key")
    }
  }

  private mutating func assign(_ value: JSONValue, at path: [String]) -> Bool {
    var tree = JSONValue.object(root)
    guard Self.assign(value, at: path[...], in: &tree), case .object(let members) = tree else {
      return false
    }
    root = members
    return true
  }

  private static func assign(
    _ value: JSONValue, at path: ArraySlice<String>, in tree: inout JSONValue
  ) -> Bool {
    guard let key = path.first else {
      tree = value
      return true
    }
    switch tree {
    case .object(var members):
      var child = members[key] ?? .object([:])
      guard assign(value, at: path.dropFirst(), in: &child) else { return false }
      members[key] = child
      tree = .object(members)
      return true
    case .array(var elements):
      guard let index = Int(key), elements.indices.contains(index),
        assign(value, at: path.dropFirst(), in: &elements[index])
      else { return false }
      tree = .array(elements)
      return true
    default:
      return false
    }
  }
}
