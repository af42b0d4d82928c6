import Foundation
import TensorFiles

/// What the functions on the allow-list do with data, and how objects get their state.
extension PickleMachine {
  mutating func call(
    _ function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(PickleFault) -> PickleValue {
    func wrong() -> PickleFault {
      .malformed(
        "\(function.name) is called with (\(arguments.prefix(8).map(\.kind).joined(separator: ", ")))"
      )
    }
    switch function {
    case .encode:
      guard arguments.count == 2, case .text(let utf8) = arguments[0],
        ["latin1", "latin-1"].contains(try text(arguments[1]))
      else { throw wrong() }
      try convert(utf8.count)
      return .bytes(try PickleText.latin1(utf8: utf8))
    case .bytes:
      guard arguments.isEmpty else { throw wrong() }
      return .bytes(Data())
    case .reconstructor:
      guard arguments.count == 3, case .global(.object) = arguments[1], case .none = arguments[2]
      else { throw wrong() }
      return try instance(of: arguments[0], arguments: tuple([]))
    case .dtype:
      guard let code = arguments.first, (1...3).contains(arguments.count) else { throw wrong() }
      return try elementType(code)
    case .reconstruct:
      // The shape and type given here are stand-ins: the state that follows has the true ones.
      guard arguments.count == 3, case .global(.ndarray) = arguments[0],
        case .bytes = arguments[2]
      else { throw wrong() }
      _ = try elements(arguments[1])
      return newArray()
    case .scalar:
      guard arguments.count == 2, case .bytes(let bytes) = arguments[1] else { throw wrong() }
      return newArray(try array([], type: arguments[0], isFortranOrder: false, bytes))
    case .fromBuffer:
      guard arguments.count == 4, case .bytes(let bytes) = arguments[0] else { throw wrong() }
      let order = try text(arguments[3])
      guard order == "C" || order == "F" else { throw wrong() }
      return newArray(
        try array(
          try shape(arguments[2]), type: arguments[1], isFortranOrder: order == "F", bytes))
    case .jaxArray:
      guard arguments.count == 4, case .global(let inner) = arguments[0], inner == .reconstruct,
        case .dictionary = arguments[3]
      else { throw wrong() }
      let value = try call(inner, try elements(arguments[1]))
      try build(value, arguments[2])
      return value
    case .model, .object, .ndarray, .bfloat16:
      throw wrong()
    }
  }

  /// Gives `value` its state, as `__setstate__` or an update of `__dict__` would.
  mutating func build(_ value: PickleValue, _ state: PickleValue) throws(PickleFault) {
    switch value {
    case .object(let i):
      guard case .dictionary(let d) = state else {
        throw .malformed("an object's state is \(state.kind)")
      }
      try count(heap.dictionaries[d].count)
      addAttributes(heap.dictionaries[d], to: i)
    case .array(let i):
      guard heap.arrays[i] == nil else { throw .malformed("an array is built twice") }
      setArray(i, try array(state: try elements(state)))
    case .elementType(let i):
      setByteOrder(i, isBigEndian: try isBigEndian(state: try elements(state)))
    default:
      throw .malformed("BUILD on \(value.kind)")
    }
  }

  /// `(version, shape, dtype, is_fortran, bytes)`; the version is missing in very old ones.
  private mutating func array(state: [PickleValue]) throws(PickleFault) -> NumericArray {
    let parts = state.count == 5 ? state.dropFirst() : state[...]
    guard parts.count == 4 else { throw .malformed("an array's state of \(state.count) parts") }
    let start = parts.startIndex
    let isFortranOrder: Bool
    switch parts[start + 2] {
    case .bool(let flag): isFortranOrder = flag
    case .integer(let flag): isFortranOrder = flag != 0
    default: throw .malformed("an array's order is \(parts[start + 2].kind)")
    }
    guard case .bytes(let bytes) = parts[start + 3] else {
      throw .malformed("an array's elements are \(parts[start + 3].kind)")
    }
    return try array(
      try shape(parts[start]), type: parts[start + 1], isFortranOrder: isFortranOrder, bytes)
  }

  private mutating func array(
    _ shape: [Int], type: PickleValue, isFortranOrder: Bool, _ bytes: Data
  ) throws(PickleFault) -> NumericArray {
    guard case .elementType(let i) = type else {
      throw .malformed("an array's type is \(type.kind)")
    }
    let element = heap.elementTypes[i]
    if element.isBigEndian { try convert(bytes.count) }
    guard
      let array = NumericArray(
        shape: shape, elementType: element.type, isFortranOrder: isFortranOrder,
        isBigEndian: element.isBigEndian, bytes: bytes)
    else {
      throw .malformed(
        "an array of shape \(shape) in \(element.type.rawValue) has \(bytes.count) bytes")
    }
    return array
  }

  private func shape(_ value: PickleValue) throws(PickleFault) -> [Int] {
    let sides = try elements(value)
    guard sides.count <= 32 else { throw .malformed("an array of \(sides.count) axes") }
    var shape: [Int] = []
    for side in sides {
      guard case .integer(let side) = side, side >= 0 else {
        throw .malformed("an array's side is \(side.kind), or below 0")
      }
      shape.append(side)
    }
    return shape
  }

  private mutating func elementType(_ code: PickleValue) throws(PickleFault) -> PickleValue {
    let name: String
    if case .global(.bfloat16) = code { name = "bfloat16" } else { name = try text(code) }
    guard let type = PickledElementType(code: name) else {
      throw .malformed("arrays of dtype '\(name)' are not read")
    }
    return newElementType(type)
  }

  /// `(version, order, subdtype, names, fields, size, alignment, flags, …)`.
  private func isBigEndian(state: [PickleValue]) throws(PickleFault) -> Bool {
    guard (8...9).contains(state.count) else {
      throw .malformed("a dtype's state of \(state.count) parts")
    }
    for part in state[2...4] {
      guard case .none = part else { throw .malformed("structured dtypes are not read") }
    }
    switch try text(state[1]) {
    case "<", "=", "|": return false
    case ">": return true
    case let order: throw .malformed("a dtype's byte order is '\(order)'")
    }
  }
}
