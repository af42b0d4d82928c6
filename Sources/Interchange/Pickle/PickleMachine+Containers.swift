import Foundation
import TensorFiles

/// Tuples, lists, dictionaries and objects, which live in the heap.
extension PickleMachine {
  mutating func tuple(_ elements: [PickleValue]) -> PickleValue {
    heap.sequences.append(elements)
    return .tuple(heap.sequences.count - 1)
  }

  mutating func list(_ elements: [PickleValue]) -> PickleValue {
    heap.sequences.append(elements)
    return .list(heap.sequences.count - 1)
  }

  mutating func append(_ elements: [PickleValue]) throws(PickleFault) {
    guard case .list(let i) = try top() else {
      throw .malformed("APPEND to \(try top().kind)")
    }
    heap.sequences[i] += elements
  }

  mutating func dictionary(
    _ elements: [PickleValue]
  ) throws(PickleFault) -> PickleValue {
    heap.dictionaries.append(try pairs(elements))
    return .dictionary(heap.dictionaries.count - 1)
  }

  mutating func setItems(_ elements: [PickleValue]) throws(PickleFault) {
    guard case .dictionary(let i) = try top() else {
      throw .malformed("SETITEM on \(try top().kind)")
    }
    heap.dictionaries[i] += try pairs(elements)
  }

  func pairs(
    _ elements: [PickleValue]
  ) throws(PickleFault) -> [(key: PickleValue, value: PickleValue)] {
    guard elements.count.isMultiple(of: 2) else { throw .malformed("a key without a value") }
    return stride(from: 0, to: elements.count, by: 2).map { (elements[$0], elements[$0 + 1]) }
  }

  func elements(_ value: PickleValue) throws(PickleFault) -> [PickleValue] {
    guard case .tuple(let i) = value else {
      throw .malformed("\(value.kind) where a tuple is needed")
    }
    return heap.sequences[i]
  }

  /// A short text, such as a name, which messages may show.
  func text(_ value: PickleValue) throws(PickleFault) -> String {
    guard case .text(let utf8) = value, utf8.count <= 1024,
      let text = String(bytes: utf8, encoding: .utf8),
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw .malformed("\(value.kind) where a name is needed") }
    return text
  }

  func find(_ module: String, _ name: String) throws(PickleFault) -> PickleGlobal {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw .global("\(module).\(name)")
    }
    return global
  }

  mutating func instance(
    of type: PickleValue, arguments: PickleValue
  ) throws(PickleFault) -> PickleValue {
    guard case .global(.model(let name)) = type else {
      throw .malformed("an object is made of \(type.kind)")
    }
    guard try elements(arguments).isEmpty else {
      throw .malformed("\(name) is made with arguments")
    }
    heap.objects.append(.init(className: name))
    return .object(heap.objects.count - 1)
  }
}

/// Storing what the functions of `PickleGlobal` make.
extension PickleMachine {
  mutating func newArray(_ array: NumericArray? = nil) -> PickleValue {
    heap.arrays.append(array)
    return .array(heap.arrays.count - 1)
  }

  mutating func setArray(_ index: Int, _ array: NumericArray) { heap.arrays[index] = array }

  mutating func newElementType(_ type: PickledElementType) -> PickleValue {
    heap.elementTypes.append(type)
    return .elementType(heap.elementTypes.count - 1)
  }

  mutating func setByteOrder(_ index: Int, isBigEndian: Bool) {
    heap.elementTypes[index].isBigEndian = isBigEndian
  }

  mutating func addAttributes(
    _ attributes: [(key: PickleValue, value: PickleValue)], to index: Int
  ) {
    heap.objects[index].attributes += attributes
  }
}
