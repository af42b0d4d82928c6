import Foundation

/// Collects npy arrays and writes them as one npz archive, stored as `numpy.savez` stores them.
public struct NPZWriter: Sendable {
  private var arrays: [(name: String, data: Data)] = []

  public init() {}

  /// - Parameter array: from `NPYWriter`.
  /// - Precondition: no name twice.
  public mutating func add(_ name: String, _ array: Data) {
    precondition(!arrays.contains { $0.name == name }, "'\(name)' twice")
    arrays.append((name, array))
  }

  /// Writes a temporary file beside `path` and renames it.
  /// - Throws: `TensorFileError.unwritable`.
  public func write(to path: String) throws(TensorFileError) {
    var file = Data()
    var directory = Data()
    for (name, array) in arrays {
      let entry = Array((name + ".npy").utf8)
      guard file.count + array.count + entry.count < 0xFFFF_FFFF, entry.count <= 0xFFFF else {
        throw .unwritable(path: path, reason: "an npz holds 4 GiB here; safetensors holds more")
      }
      // What local header and directory both say: version 2.0, names in UTF-8, stored, 1980-01-01.
      let size = UInt32(array.count)
      let shared =
        Self.bytes(UInt16(20)) + Self.bytes(UInt16(1 << 11)) + Self.bytes(UInt16(0))
        + Self.bytes(UInt16(0)) + Self.bytes(UInt16(33)) + Self.bytes(Inflate.crc32(array))
        + Self.bytes(size) + Self.bytes(size) + Self.bytes(UInt16(entry.count))
        + Self.bytes(UInt16(0))
      let offset = UInt32(file.count)
      file += Self.bytes(UInt32(0x0403_4B50)) + shared + entry
      file += array
      directory += Self.bytes(UInt32(0x0201_4B50)) + Self.bytes(UInt16(20)) + shared
      // No comment, the first disk, no attributes.
      directory += [UInt8](repeating: 0, count: 10) + Self.bytes(offset) + entry
    }
    let start = UInt32(file.count)
    file += directory
    file += Self.bytes(UInt32(0x0605_4B50)) + [0, 0, 0, 0]
    file += Self.bytes(UInt16(arrays.count)) + Self.bytes(UInt16(arrays.count))
    file += Self.bytes(UInt32(directory.count)) + Self.bytes(start) + [0, 0]
    try NPYWriter.write(file, to: path)
  }

  private static func bytes<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
    (0..<(T.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
