import Foundation

/// The bytes of a pickle, taken from the front. What a length announces is compared with what is left
/// before anything is made of it; taken bytes are slices of the file, not copies.
struct PickleInput {
  let data: Data
  private(set) var position: Int

  init(_ data: Data) {
    self.data = data
    position = data.startIndex
  }

  /// Bytes taken so far.
  var offset: Int { position - data.startIndex }
  var remaining: Int { data.endIndex - position }

  mutating func byte() throws(PickleFault) -> UInt8 {
    guard position < data.endIndex else { throw .malformed("it ends without STOP") }
    defer { position += 1 }
    return data[position]
  }

  mutating func take(_ count: Int) throws(PickleFault) -> Data {
    guard count >= 0, count <= remaining else {
      throw .malformed("\(count) bytes are announced, \(remaining) are left")
    }
    defer { position += count }
    return data[position..<(position + count)]
  }

  /// A little-endian number of `width` bytes, without a sign.
  mutating func unsigned(_ width: Int) throws(PickleFault) -> UInt64 {
    try take(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A length of `width` bytes, within what is left.
  mutating func length(_ width: Int) throws(PickleFault) -> Int {
    let length = try unsigned(width)
    guard length <= UInt64(remaining) else {
      throw .malformed("\(length) bytes are announced, \(remaining) are left")
    }
    return Int(length)
  }

  /// Bytes that follow their length.
  mutating func counted(_ width: Int) throws(PickleFault) -> Data { try take(length(width)) }

  /// A little-endian number in two's complement, as LONG1 and LONG4 have it.
  mutating func long(_ width: Int) throws(PickleFault) -> Int {
    let bytes = try counted(width)
    let sign: UInt8 = bytes.last.map { $0 & 0x80 != 0 } == true ? 0xFF : 0
    guard bytes.dropFirst(8).allSatisfy({ $0 == sign }),
      bytes.count <= 8 || bytes[bytes.startIndex + 7] & 0x80 == sign & 0x80
    else { throw .malformed("an integer of more than 64 bits") }
    let eight = bytes.prefix(8) + Data(repeating: sign, count: max(0, 8 - bytes.count))
    return Int(bitPattern: eight.reversed().reduce(0) { $0 << 8 | UInt($1) })
  }

  /// Text up to a newline, without it.
  mutating func line() throws(PickleFault) -> Data {
    guard let end = data[position...].firstIndex(of: 0x0A) else {
      throw .malformed("a line of text without an end")
    }
    defer { position = end + 1 }
    return data[position..<end]
  }
}
