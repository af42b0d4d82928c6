import Foundation
import TensorFiles

/// A pickled object, or a pickled dictionary with names for keys, read without running anything.
public struct PickledObject: Sendable {
  /// What an attribute holds.
  public enum Attribute: Sendable {
    /// Python's None.
    case none
    /// True or False.
    case bool(Bool)
    /// A whole number of 64 bits.
    case integer(Int)
    /// A float.
    case number(Double)
    /// Text of up to 1024 bytes in UTF-8.
    case text(String)
    /// A NumPy or jax array; one without axes is a scalar.
    case array(NumericArray)
    /// A container or anything else that no head is read from, in words.
    case other(String)
  }

  /// The file, or what stands for it in messages.
  public let path: String
  /// With its module; nil for a dictionary.
  public let className: String?
  /// 0 to 5, the highest that the pickle names; 0 where it names none.
  public let protocolVersion: Int
  /// By name.
  public let attributes: [String: Attribute]

  /// - Throws: `PickleError`.
  public init(path: String) throws(PickleError) {
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      guard case .unreadable(_, let reason) = error else {
        throw .unreadable(path: path, reason: "\(error)")
      }
      throw .unreadable(path: path, reason: reason)
    }
    try self.init(data: file.data, name: path)
  }

  /// - Parameter name: what messages call the pickle.
  /// - Throws: `PickleError`.
  public init(data: Data, name: String) throws(PickleError) {
    var machine = PickleMachine(data, path: name)
    let root = try machine.run()
    path = name
    protocolVersion = machine.protocolVersion
    let members: [(key: PickleValue, value: PickleValue)]
    switch root {
    case .object(let i):
      className = machine.heap.objects[i].className
      members = machine.heap.objects[i].attributes
    case .dictionary(let i):
      className = nil
      members = machine.heap.dictionaries[i]
    default:
      throw .content(
        path: name, reason: "it holds \(root.kind), neither an object nor a dictionary")
    }
    var attributes: [String: Attribute] = [:]
    for (key, value) in members {
      guard case .text(let utf8) = key, utf8.count <= 1024,
        let key = String(bytes: utf8, encoding: .utf8)
      else { throw .content(path: name, reason: "one of its keys is \(key.kind), not a name") }
      attributes[key] = Attribute(value, in: machine.heap)
    }
    self.attributes = attributes
  }
}

extension PickledObject.Attribute {
  init(_ value: PickleValue, in heap: PickleHeap) {
    switch value {
    case .none: self = .none
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .number(number)
    case .text(let utf8):
      self =
        utf8.count <= 1024
        ? .text(String(decoding: utf8, as: UTF8.self)) : .other("a text of \(utf8.count) bytes")
    case .bytes(let bytes): self = .other("\(bytes.count) bytes")
    case .tuple(let i): self = .other("a tuple of \(heap.sequences[i].count)")
    case .list(let i): self = .other("a list of \(heap.sequences[i].count)")
    case .dictionary(let i): self = .other("a dictionary of \(heap.dictionaries[i].count)")
    case .object(let i): self = .other("an object of \(heap.objects[i].className)")
    case .array(let i):
      self = heap.arrays[i].map { .array($0) } ?? .other("an array without elements")
    case .elementType, .global: self = .other(value.kind)
    }
  }

  /// A number, or a scalar array of one.
  public var double: Double? {
    switch self {
    case .integer(let number): return Double(number)
    case .number(let number): return number
    case .array(let array) where array.count == 1:
      return (try? array.doubles("")[0]) ?? (try? array.integers("")[0]).map(Double.init)
    default: return nil
    }
  }

  /// A whole number, or a scalar array of one.
  public var wholeNumber: Int? { double.flatMap(Int.init(exactly:)) }

  /// In a few words: `float32 [5, 16, 8]`.
  public var summary: String {
    switch self {
    case .none: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .text(let text): text.debugDescription
    case .array(let array): "\(array.elementType.rawValue) \(array.shape)"
    case .other(let words): words
    }
  }
}
