import Foundation

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

  var heap = PickleHeap()
  /// The highest protocol that PROTO named.
  private(set) var protocolVersion = 0
  private let path: String
  private var input: PickleInput
  var stack: [PickleValue] = []
  /// Sizes of the stack at each open MARK.
  var marks: [Int] = []
  var memo: [Int: PickleValue] = [:]
  var values = 0
  /// Bytes that conversions may still make: each text is converted once in an honest file.
  var conversionBudget: Int

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
}
