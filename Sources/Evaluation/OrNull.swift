/// A value that may be missing, written as JSON's `null` in that case instead of leaving out its key,
/// and read from either. A number that is not finite is taken for missing.
@propertyWrapper
public struct OrNull<Value: Codable & Sendable & Equatable>: Sendable, Equatable {
  private var value: Value?

  public init(wrappedValue: Value?) {
    value = wrappedValue
    drop()
  }

  /// nil after a number that is not finite was set.
  public var wrappedValue: Value? {
    get { value }
    set {
      value = newValue
      drop()
    }
  }

  private mutating func drop() {
    if let number = value as? Double, !number.isFinite { value = nil }
  }
}

extension OrNull: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(wrappedValue: container.decodeNil() ? nil : try container.decode(Value.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension KeyedDecodingContainer {
  /// What synthesised decoding calls for an `OrNull` property: a missing key is no error.
  func decode<Value>(_ type: OrNull<Value>.Type, forKey key: Key) throws -> OrNull<Value> {
    try decodeIfPresent(type, forKey: key) ?? OrNull(wrappedValue: nil)
  }
}
