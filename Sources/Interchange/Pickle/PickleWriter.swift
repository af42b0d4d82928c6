import Foundation

/// Writes the opcodes of protocol 4, which every Python since 3.4 reads, for data of a few kinds.
/// Nothing is memoised: what occurs twice is written twice.
struct PickleWriter {
  private(set) var data = Data([PickleOpcode.proto.rawValue, 4])

  mutating func op(_ opcode: PickleOpcode) { data.append(opcode.rawValue) }

  mutating func write(_ text: String) {
    let utf8 = Data(text.utf8)
    if utf8.count <= 0xFF {
      op(.shortBinUnicode)
      data.append(UInt8(utf8.count))
    } else {
      op(.binUnicode8)
      append(UInt64(utf8.count), bytes: 8)
    }
    data += utf8
  }

  mutating func write(_ bytes: Data) {
    if bytes.count <= 0xFF {
      op(.shortBinBytes)
      data.append(UInt8(bytes.count))
    } else {
      op(.binBytes8)
      append(UInt64(bytes.count), bytes: 8)
    }
    data += bytes
  }

  mutating func write(_ number: Int) {
    if (0...0xFF).contains(number) {
      op(.binInt1)
      data.append(UInt8(number))
    } else if let narrow = Int32(exactly: number) {
      op(.binInt)
      append(UInt64(UInt32(bitPattern: narrow)), bytes: 4)
    } else {
      op(.long1)
      data.append(8)
      append(UInt64(bitPattern: Int64(number)), bytes: 8)
    }
  }

  mutating func write(_ number: Double?) {
    guard let number else { return op(.none) }
    op(.binFloat)
    append(number.bitPattern.byteSwapped, bytes: 8)
  }

  /// A class or a function.
  mutating func write(module: String, name: String) {
    write(module)
    write(name)
    op(.stackGlobal)
  }

  /// A NumPy array in float32, little-endian, row-major: as NumPy pickles it since version 1.
  /// `numpy.core.multiarray` is where NumPy 2, too, keeps the name for such files.
  /// - Precondition: the shape's product is the number of elements.
  mutating func write(shape: [Int], floats: [Float]) {
    precondition(shape.reduce(1, *) == floats.count, "\(floats.count) elements for \(shape)")
    write(module: "numpy.core.multiarray", name: "_reconstruct")
    write(module: "numpy", name: "ndarray")
    write(0)
    op(.tuple1)
    write(Data("b".utf8))
    op(.tuple3)
    op(.reduce)

    op(.mark)
    write(1)
    op(.mark)
    for side in shape { write(side) }
    op(.tuple)
    write(module: "numpy", name: "dtype")
    write("f4")
    op(.newFalse)
    op(.newTrue)
    op(.tuple3)
    op(.reduce)
    op(.mark)
    write(3)
    write("<")
    for _ in 0..<3 { op(.none) }
    write(-1)
    write(-1)
    write(0)
    op(.tuple)
    op(.build)
    op(.newFalse)
    write(unsafe floats.withUnsafeBytes { unsafe Data($0) })
    op(.tuple)
    op(.build)
  }

  private mutating func append(_ number: UInt64, bytes: Int) {
    for i in 0..<bytes { data.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(i)))) }
  }
}
