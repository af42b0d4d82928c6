import Foundation

/// How protocol 0 spells values as text.
enum PickleText {
  /// A name or a number: short and ASCII.
  static func word(_ line: Data) throws(PickleFault) -> String {
    guard line.count <= 1024, line.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      throw .malformed("a line that is no name and no number")
    }
    return String(decoding: line, as: UTF8.self)
  }

  static func integer(_ line: Data) throws(PickleFault) -> Int {
    let word = try word(line)
    guard let number = Int(word) else { throw .malformed("'\(word)' is no integer of 64 bits") }
    return number
  }

  /// As Python's `repr` writes a float.
  static func float(_ line: Data) throws(PickleFault) -> Double {
    let word = try word(line)
    guard let number = Double(word) else { throw .malformed("'\(word)' is no number") }
    return number
  }

  /// UNICODE's raw-unicode-escape as UTF-8: bytes are Latin-1, and only `\uXXXX` and `\UXXXXXXXX`
  /// mean something else, where their backslash is not itself preceded by one.
  static func rawUnicodeEscape(_ line: Data) throws(PickleFault) -> Data {
    let bytes = Array(line)
    let backslash = UInt8(ascii: "\\")
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    func append(_ scalar: Unicode.Scalar) {
      result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
    var i = 0
    while i < bytes.count {
      let next = bytes[i] == backslash && i + 1 < bytes.count ? bytes[i + 1] : 0
      switch next {
      case backslash:
        result += [backslash, backslash]
        i += 2
      case UInt8(ascii: "u"), UInt8(ascii: "U"):
        let digits = bytes[(i + 2)...].prefix(next == UInt8(ascii: "u") ? 4 : 8)
        let text = String(decoding: digits, as: UTF8.self)
        guard text.utf8.count == (next == UInt8(ascii: "u") ? 4 : 8),
          text.allSatisfy({ $0.isASCII && $0.isHexDigit }),
          let code = UInt32(text, radix: 16), let scalar = Unicode.Scalar(code)
        else { throw .malformed("a text with a broken escape") }
        append(scalar)
        i += 2 + digits.count
      default:
        append(Unicode.Scalar(bytes[i]))
        i += 1
      }
    }
    return Data(result)
  }

  /// STRING's content: quoted ASCII without escapes, which is all that Python 3 makes of names.
  static func quoted(_ line: Data) throws(PickleFault) -> Data {
    guard line.count >= 2, let quote = line.first, quote == line.last,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw .malformed("a STRING without quotes") }
    return try ascii(line.dropFirst().dropLast())
  }

  /// The strings of Python 2, which Python 3 reads as ASCII.
  static func ascii(_ bytes: Data) throws(PickleFault) -> Data {
    guard bytes.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) else {
      throw .malformed("a string of Python 2 that is not plain ASCII")
    }
    return bytes
  }

  /// Text of code points up to 255 as one byte each: what `_codecs.encode(text, 'latin1')` gives.
  static func latin1(utf8: Data) throws(PickleFault) -> Data {
    var result: [UInt8] = []
    result.reserveCapacity(utf8.count)
    var lead: UInt8?
    for byte in utf8 {
      switch (lead, byte) {
      case (nil, 0..<0x80): result.append(byte)
      case (nil, 0xC2...0xC3): lead = byte
      case (let first?, 0x80..<0xC0):
        result.append((first & 3) << 6 | byte & 0x3F)
        lead = nil
      default: throw .malformed("a text that is not Latin-1, where bytes are meant")
      }
    }
    guard lead == nil else { throw .malformed("a text that ends inside a character") }
    return Data(result)
  }
}
