import Foundation
import TensorFiles

/// Reads the JSON files of a checkpoint's folder.
enum JSONFile {
  /// Decodes a whole file.
  /// - Throws: `CheckpointError` that names the file and, where one is wrong, the key.
  static func decode<T: Decodable>(
    _ type: T.Type, from path: String
  ) throws(CheckpointError) -> T {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadable(file: path, reason: error.systemReason)
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw checkpointError(error, path)
    } catch {
      throw .notJSON(file: path, reason: "\(error)")
    }
  }

  private static func checkpointError(_ error: DecodingError, _ path: String) -> CheckpointError {
    func name(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
    switch error {
    case .keyNotFound(let key, let context):
      return .configuration(
        file: path, key: name(context.codingPath + [key]), reason: "is missing: needs a value")
    case .typeMismatch(let wanted, let context), .valueNotFound(let wanted, let context):
      guard !context.codingPath.isEmpty else {
        return .notJSON(file: path, reason: "not a JSON object")
      }
      return .configuration(
        file: path, key: name(context.codingPath),
        reason: "is something else: needs \(description(of: wanted))")
    case .dataCorrupted(let context):
      guard !context.codingPath.isEmpty else {
        return .notJSON(file: path, reason: "not valid JSON")
      }
      return .configuration(
        file: path, key: name(context.codingPath),
        reason: "is not usable: \(context.debugDescription)")
    @unknown default:
      return .notJSON(file: path, reason: "\(error)")
    }
  }

  private static func description(of type: any Any.Type) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is Double.Type, is Float.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a string"
    case is [String: Any].Type: "an object"
    case is [Any].Type: "a list"
    default: "a value of type \(type)"
    }
  }
}

extension KeyedDecodingContainer {
  /// An integer. Unlike `decode(Int.self, …)`, a fraction is an error that names the key.
  func wholeNumber(_ key: Key) throws -> Int {
    guard let number = try? decode(Double.self, forKey: key), let whole = Int(exactly: number)
    else {
      guard contains(key) else {
        throw DecodingError.keyNotFound(
          key, .init(codingPath: codingPath, debugDescription: "missing"))
      }
      throw DecodingError.typeMismatch(
        Int.self, .init(codingPath: codingPath + [key], debugDescription: "not a whole number"))
    }
    return whole
  }

  /// An integer, or nil where the key is missing or null.
  func wholeNumberIfPresent(_ key: Key) throws -> Int? {
    guard contains(key), try !decodeNil(forKey: key) else { return nil }
    return try wholeNumber(key)
  }
}
