import Foundation

/// Any JSON value: for what a report carries without understanding it, such as a run's config.
public indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  /// A number that is not finite is written as `null`.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The tree that `value` encodes itself as.
  /// - Throws: what `value` throws, and `EncodingError` for a number that is not finite.
  public init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
  }

  /// The member of an object, `nil` if there is none or this is no object.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// A number, nil for anything else.
  public var double: Double? {
    switch self {
    case .integer(let i): Double(i)
    case .number(let x): x
    default: nil
    }
  }

  /// A number without a fraction, nil for anything else.
  public var wholeNumber: Int? {
    switch self {
    case .integer(let i): i
    case .number(let x): Int(exactly: x)
    default: nil
    }
  }

  /// A string, nil for anything else.
  public var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The member at a dotted path of keys, nil if there is none.
  public func at(_ path: String) -> JSONValue? {
    path.split(separator: ".").reduce(Optional(self)) { $0?[String($1)] }
  }

  /// On one line, keys sorted: the same value gives the same text.
  public var compact: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }

  /// Sorted keys, indented by two spaces, without a newline at the end.
  public var prettyPrinted: String {
    guard let data = try? JSONEncoder.report.encode(self) else { return "null" }
    return String(decoding: data, as: UTF8.self)
  }
}

/// A whole number equals itself however it is held: JSON does not tell 1 from 1.0.
extension JSONValue: Equatable {
  public static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
    case (.string(let a), .string(let b)): a == b
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }
}

extension JSONValue: Codable {
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let integer = try? value.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSONValue].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .null: try value.encodeNil()
    case .bool(let bool): try value.encode(bool)
    case .integer(let integer): try value.encode(integer)
    case .number(let number):
      if number.isFinite { try value.encode(number) } else { try value.encodeNil() }
    case .string(let string): try value.encode(string)
    case .array(let array): try value.encode(array)
    case .object(let object): try value.encode(object)
    }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// - Precondition: no key twice.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }
}

extension JSONEncoder {
  /// How reports are written: the same value gives the same bytes.
  static var report: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}

extension JSONValue {
  /// The members of an object as `key value`, sorted, without those that only repeat the head's kind.
  var oneLine: String {
    guard case .object(let members) = self else { return prettyPrinted }
    return members.sorted { $0.key < $1.key }.filter { $0.key != "kind" && $0.value != .null }.map {
      key, value in
      switch value {
      case .string(let text): "\(key) \(text)"
      case .number(let number): "\(key) \(NumberFormat.general(number))"
      default: "\(key) \(value.prettyPrinted)"
      }
    }.joined(separator: ", ")
  }
}
