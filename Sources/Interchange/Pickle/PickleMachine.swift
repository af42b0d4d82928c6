import Foundation
import TensorFiles

/// Python's pickle virtual machine for one kind of file. It imports nothing and calls nothing: GLOBAL
/// finds a name on the allow-list (`PickleGlobal`) or stops, and what the named function would do
/// with data is done here.
///
/// Memory is bounded by the file: text and bytes are slices of it, announced lengths are compared with
/// what is left, values are counted against `valueLimit`, and nothing recurses into containers.
struct PickleMachine {
  /// Values, marks and memo entries that one pickle may make; a pickled head makes some hundreds, and
  /// a list of labels one each.
  static let valueLimit = 1 << 20

  private(set) var heap = PickleHeap()
  /// The highest protocol that PROTO named.
  private(set) var protocolVersion = 0
  private let path: String
  private var input: PickleInput
  private var stack: [PickleValue] = []
  /// Sizes of the stack at each open MARK.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var values = 0
  /// Bytes that conversions may still make: each text is converted once in an honest file.
  private var conversionBudget: Int

  /// - Parameter path: what messages call the pickle.
  init(_ data: Data, path: String) {
    (input, self.path) = (PickleInput(data), path)
    conversionBudget = 2 * data.count + 1024
  }

  /// Runs to STOP.
  /// - Returns: the one value that is left.
  mutating func run() throws(PickleError) -> PickleValue {
    while true {
      let offset = input.offset
      do throws(PickleFault) {
        if let value = try step() { return value }
      } catch {
        throw error.error(path: path, offset: offset)
      }
    }
  }

  /// Does one opcode; the pickle's value after STOP.
  private mutating func step() throws(PickleFault) -> PickleValue? {
    let byte = try input.byte()
    guard let opcode = PickleOpcode(rawValue: byte) else {
      throw .opcode("0x" + String(byte, radix: 16) + " (unknown)")
    }
    switch opcode {
    case .stop: return try finish()
    case .proto:
      let version = Int(try input.byte())
      guard version <= 5 else { throw .malformed("protocol \(version) is not known") }
      protocolVersion = max(protocolVersion, version)
    // Frames only say how far a reader may read ahead.
    case .frame: _ = try input.length(8)

    case .none: try push(.none)
    case .newTrue: try push(.bool(true))
    case .newFalse: try push(.bool(false))
    case .int:
      let line = try input.line()
      switch Array(line) {
      case Array("01".utf8): try push(.bool(true))
      case Array("00".utf8): try push(.bool(false))
      default: try push(.integer(PickleText.integer(line)))
      }
    case .long:
      let line = try input.line()
      let digits = line.last == UInt8(ascii: "L") ? line.dropLast() : line
      try push(.integer(PickleText.integer(digits)))
    case .binInt: try push(.integer(Int(Int32(truncatingIfNeeded: input.unsigned(4)))))
    case .binInt1: try push(.integer(Int(input.byte())))
    case .binInt2: try push(.integer(Int(input.unsigned(2))))
    case .long1: try push(.integer(input.long(1)))
    case .long4: try push(.integer(input.long(4)))
    case .float: try push(.float(PickleText.float(input.line())))
    case .binFloat: try push(.float(Double(bitPattern: input.unsigned(8).byteSwapped)))

    case .unicode:
      let line = try input.line()
      try convert(line.count)
      try push(.text(PickleText.rawUnicodeEscape(line)))
    case .binUnicode: try push(.text(input.counted(4)))
    case .shortBinUnicode: try push(.text(input.counted(1)))
    case .binUnicode8: try push(.text(input.counted(8)))
    case .string: try push(.text(PickleText.quoted(input.line())))
    case .binString: try push(.text(PickleText.ascii(input.counted(4))))
    case .shortBinString: try push(.text(PickleText.ascii(input.counted(1))))
    case .binBytes: try push(.bytes(input.counted(4)))
    case .shortBinBytes: try push(.bytes(input.counted(1)))
    case .binBytes8, .byteArray8: try push(.bytes(input.counted(8)))

    case .mark:
      try count(1)
      marks.append(stack.count)
    case .pop:
      // A mark counts as a value here, as in Python.
      if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popToMark()
    case .dup: try push(top())
    case .put: try memoize(at: PickleText.integer(input.line()))
    case .binPut: try memoize(at: Int(input.byte()))
    case .longBinPut: try memoize(at: Int(input.unsigned(4)))
    case .memoize: try memoize(at: memo.count)
    case .get: try recall(PickleText.integer(input.line()))
    case .binGet: try recall(Int(input.byte()))
    case .longBinGet: try recall(Int(input.unsigned(4)))

    case .emptyTuple: try push(tuple([]))
    case .tuple: try push(tuple(popToMark()))
    case .tuple1: try push(tuple(pop(1)))
    case .tuple2: try push(tuple(pop(2)))
    case .tuple3: try push(tuple(pop(3)))
    case .emptyList: try push(list([]))
    case .list: try push(list(popToMark()))
    case .append: try append(pop(1))
    case .appends: try append(popToMark())
    case .emptyDict: try push(dictionary([]))
    case .dict: try push(dictionary(popToMark()))
    case .setItem: try setItems(pop(2))
    case .setItems: try setItems(popToMark())

    case .global:
      let module = try PickleText.word(input.line())
      try push(.global(find(module, PickleText.word(input.line()))))
    case .stackGlobal:
      let names = try pop(2)
      try push(.global(find(text(names[0]), text(names[1]))))
    case .newObj:
      let parts = try pop(2)
      try push(instance(of: parts[0], arguments: parts[1]))
    case .newObjEx:
      let parts = try pop(3)
      guard case .dictionary(let d) = parts[2], heap.dictionaries[d].isEmpty else {
        throw .malformed("NEWOBJ_EX with keyword arguments")
      }
      try push(instance(of: parts[0], arguments: parts[1]))
    case .reduce:
      let parts = try pop(2)
      guard case .global(let function) = parts[0] else {
        throw .malformed("REDUCE calls \(parts[0].kind)")
      }
      try push(call(function, elements(parts[1])))
    case .build:
      let state = try pop()
      try build(top(), state)

    case .persID, .binPersID, .inst, .obj, .ext1, .ext2, .ext4, .emptySet, .addItems, .frozenSet,
      .nextBuffer, .readOnlyBuffer:
      throw .opcode(opcode.name)
    }
    return nil
  }

  private func finish() throws(PickleFault) -> PickleValue {
    guard marks.isEmpty, stack.count == 1, let value = stack.first else {
      throw .malformed("STOP with \(stack.count) values and \(marks.count) marks open")
    }
    guard input.remaining == 0 else { throw .malformed("\(input.remaining) bytes after STOP") }
    return value
  }

  // MARK: Stack and memo

  mutating func count(_ new: Int) throws(PickleFault) {
    values += new
    guard values <= Self.valueLimit else {
      throw .malformed("more than \(Self.valueLimit) values: no pickled head has so many")
    }
  }

  /// - Parameter bytes: how many are about to be made from bytes of the file.
  mutating func convert(_ bytes: Int) throws(PickleFault) {
    conversionBudget -= bytes
    guard conversionBudget >= 0 else { throw .malformed("the same text is converted repeatedly") }
  }

  private mutating func push(_ value: PickleValue) throws(PickleFault) {
    try count(1)
    stack.append(value)
  }

  private func top() throws(PickleFault) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw Self.underflow }
    return value
  }

  private mutating func pop() throws(PickleFault) -> PickleValue { try pop(1)[0] }

  /// The last values, in the order they were pushed; none from before the last mark.
  private mutating func pop(_ count: Int) throws(PickleFault) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw Self.underflow }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(PickleFault) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw .malformed("no MARK is open") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private static var underflow: PickleFault { .malformed("the stack has too few values") }

  private mutating func memoize(at index: Int) throws(PickleFault) {
    guard index >= 0 else { throw .malformed("memo entry \(index)") }
    try count(1)
    memo[index] = try top()
  }

  private mutating func recall(_ index: Int) throws(PickleFault) {
    guard let value = memo[index] else { throw .malformed("memo entry \(index) was never put") }
    try push(value)
  }

  // MARK: Containers

  mutating func tuple(_ elements: [PickleValue]) -> PickleValue {
    heap.sequences.append(elements)
    return .tuple(heap.sequences.count - 1)
  }

  private mutating func list(_ elements: [PickleValue]) -> PickleValue {
    heap.sequences.append(elements)
    return .list(heap.sequences.count - 1)
  }

  private mutating func append(_ elements: [PickleValue]) throws(PickleFault) {
    guard case .list(let i) = try top() else {
      throw .malformed("APPEND to \(try top().kind)")
    }
    heap.sequences[i] += elements
  }

  private mutating func dictionary(
    _ elements: [PickleValue]
  ) throws(PickleFault) -> PickleValue {
    heap.dictionaries.append(try pairs(elements))
    return .dictionary(heap.dictionaries.count - 1)
  }

  private mutating func setItems(_ elements: [PickleValue]) throws(PickleFault) {
    guard case .dictionary(let i) = try top() else {
      throw .malformed("SETITEM on \(try top().kind)")
    }
    heap.dictionaries[i] += try pairs(elements)
  }

  private func pairs(
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

  // MARK: Objects

  private func find(_ module: String, _ name: String) throws(PickleFault) -> PickleGlobal {
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
