internal import CZlib

/// The CRC-32 of zip and gzip: whether bytes are the same, not whether somebody made them so.
public struct CRC32: Sendable {
  /// Of all bytes so far; 0 before the first.
  public private(set) var value: UInt32 = 0

  public init() {}

  /// Goes on with some bytes: pieces of a whole give the value of the whole.
  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var rest = unsafe bytes
    while unsafe !rest.isEmpty {
      let piece = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      unsafe value = UInt32(
        truncatingIfNeeded: CZlib.crc32(
          UInt(value), piece.bindMemory(to: UInt8.self).baseAddress, UInt32(piece.count)))
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
    }
  }
}
