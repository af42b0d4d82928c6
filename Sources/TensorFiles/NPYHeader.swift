/// The header of an npy file (NumPy Enhancement Proposal 1, versions 1.0 to 3.0): a magic, a length,
/// and a Python dictionary of `descr`, `fortran_order` and `shape`.
struct NPYHeader: Equatable {
  /// What one element is.
  enum Element: Equatable {
    case number(ElementType)
    /// Unicode text of at most so many code points, four bytes each, padded with zeros: `<U7`.
    case text(length: Int)

    var size: Int {
      switch self {
      case .number(let type): type.size
      case .text(let length): 4 * length
      }
    }
  }

  let element: Element
  let shape: [Int]
  /// Whether the first index runs fastest.
  let isFortranOrder: Bool
  /// Where the elements begin.
  let dataStart: Int

  /// Headers are short: so many bytes hold any that NumPy's own reader accepts.
  static let longest = 1 << 16
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// What is wrong with a header.
  struct Problem: Error {
    let reason: String
  }

  /// - Parameter count: bytes of the whole file.
  init(_ bytes: [UInt8], count: Int) throws(Problem) {
    guard bytes.starts(with: Self.magic), bytes.count >= 10 else {
      throw Problem(reason: "it does not begin as npy")
    }
    let version = bytes[6]
    guard (1...3).contains(version) else { throw Problem(reason: "npy version \(version)") }
    let sizeBytes = version == 1 ? 2 : 4
    guard bytes.count >= 8 + sizeBytes else { throw Problem(reason: "the header is cut off") }
    let length = (0..<sizeBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    dataStart = 8 + sizeBytes + length
    guard dataStart <= bytes.count else { throw Problem(reason: "the header is cut off") }
    let text = String(decoding: bytes[(8 + sizeBytes)..<dataStart], as: UTF8.self)

    let descr = try Self.quoted("descr", in: text)
    guard let element = Self.element(descr) else {
      throw Problem(
        reason: descr.hasPrefix(">")
          ? "its elements '\(descr)' are big-endian" : "elements '\(descr)' are not read")
    }
    self.element = element
    switch try Self.value(of: "fortran_order", in: text).prefix(while: \.isLetter) {
    case "True": isFortranOrder = true
    case "False": isFortranOrder = false
    default: throw Problem(reason: "fortran_order is neither True nor False")
    }
    shape = try Self.shape(in: text)
    // Cells of no bytes would let a header of a few bytes announce any number of them.
    guard element.size > 0 || shape.contains(0) else {
      throw Problem(reason: "elements '\(descr)' have no bytes")
    }
    var expected = max(element.size, 1)
    for side in shape {
      let (product, overflow) = expected.multipliedReportingOverflow(by: side)
      guard !overflow else { throw Problem(reason: "shape \(shape) overflows") }
      expected = product
    }
    guard expected == count - dataStart else {
      throw Problem(
        reason: "shape \(shape) of '\(descr)' takes \(expected) bytes, there are "
          + "\(count - dataStart)")
    }
  }

  private static func element(_ descr: String) -> Element? {
    switch descr {
    case "<f8": return .number(.float64)
    case "<f4": return .number(.float32)
    case "<f2": return .number(.float16)
    case "<i8": return .number(.int64)
    case "<i4": return .number(.int32)
    case "<i2": return .number(.int16)
    case "|i1": return .number(.int8)
    case "<u8": return .number(.uint64)
    case "<u4": return .number(.uint32)
    case "<u2": return .number(.uint16)
    case "|u1": return .number(.uint8)
    case "|b1": return .number(.bool)
    default:
      guard descr.hasPrefix("<U"), let length = Int(descr.dropFirst(2)), length >= 0,
        length < 1 << 20
      else { return nil }
      return .text(length: length)
    }
  }

  /// What `ElementType` is called in a header; nil for what npy does not have.
  static func descr(_ type: ElementType) -> String? {
    switch type {
    case .float64: "<f8"
    case .float32: "<f4"
    case .float16: "<f2"
    case .bfloat16: nil
    case .int64: "<i8"
    case .int32: "<i4"
    case .int16: "<i2"
    case .int8: "|i1"
    case .uint64: "<u8"
    case .uint32: "<u4"
    case .uint16: "<u2"
    case .uint8: "|u1"
    case .bool: "|b1"
    }
  }

  // MARK: The dictionary

  /// What follows `'key':`.
  private static func value(of key: String, in text: String) throws(Problem) -> Substring {
    for quote in ["'", "\""] {
      guard let found = text.firstRange(of: quote + key + quote) else { continue }
      let rest = text[found.upperBound...].drop { $0 == " " }
      if rest.first == ":" { return rest.dropFirst().drop { $0 == " " } }
    }
    throw Problem(reason: "the header has no '\(key)'")
  }

  private static func quoted(_ key: String, in text: String) throws(Problem) -> String {
    let value = try value(of: key, in: text)
    guard let quote = value.first, quote == "'" || quote == "\"",
      let end = value.dropFirst().firstIndex(of: quote)
    else { throw Problem(reason: "'\(key)' is not a single type: structured arrays are not read") }
    return String(value.dropFirst()[..<end])
  }

  private static func shape(in text: String) throws(Problem) -> [Int] {
    let value = try value(of: "shape", in: text)
    guard value.first == "(", let end = value.firstIndex(of: ")") else {
      throw Problem(reason: "shape is not a tuple")
    }
    var shape: [Int] = []
    for part in value[..<end].dropFirst().split(separator: ",") {
      let digits = part.filter { $0 != " " && $0 != "L" }  // Python 2 wrote 3L
      if digits.isEmpty { continue }
      guard let side = Int(digits), side >= 0 else {
        throw Problem(reason: "shape has the side '\(part)'")
      }
      shape.append(side)
    }
    return shape
  }
}
