import Foundation

/// Makes npy files (version 1.0, row-major, little-endian) that NumPy maps without copying.
public enum NPYWriter {
  /// - Precondition: the shape's product is the number of elements.
  public static func data(shape: [Int], floats: [Float]) -> Data {
    data(shape: shape, .float32, floats)
  }

  /// - Precondition: the shape's product is the number of elements.
  public static func data(shape: [Int], int32s: [Int32]) -> Data {
    data(shape: shape, .int32, int32s)
  }

  /// Text, as NumPy's `<U` has it: four bytes a code point, padded with zeros to the longest.
  /// - Precondition: the shape's product is the number of elements.
  public static func data(shape: [Int], strings: [String]) -> Data {
    let length = max(1, strings.map(\.unicodeScalars.count).max() ?? 1)
    let cells = strings.flatMap { text in
      let scalars = text.unicodeScalars.map(\.value)
      return scalars + [UInt32](repeating: 0, count: length - scalars.count)
    }
    precondition(
      shape.reduce(1, *) == strings.count, "\(strings.count) elements for shape \(shape)")
    return data(shape: shape, descr: "<U\(length)", cells)
  }

  /// Writes a whole file in one step.
  /// - Throws: `TensorFileError.unwritable`.
  public static func write(_ data: Data, to path: String) throws(TensorFileError) {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.systemReason)
    }
  }

  private static func data<T: BitwiseCopyable>(
    shape: [Int], _ type: ElementType, _ elements: [T]
  ) -> Data {
    precondition(
      shape.reduce(1, *) == elements.count, "\(elements.count) elements for shape \(shape)")
    return data(shape: shape, descr: NPYHeader.descr(type) ?? "", elements)
  }

  private static func data<T: BitwiseCopyable>(
    shape: [Int], descr: String, _ elements: [T]
  ) -> Data {
    let sides = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(sides)), }"
    // The elements begin at a multiple of 64 bytes, as the format asks for; a newline is the last.
    let unpadded = NPYHeader.magic.count + 4 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var data = Data(NPYHeader.magic + [1, 0])
    data.append(contentsOf: [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: header.utf8)
    unsafe elements.withUnsafeBytes { unsafe data.append(contentsOf: $0) }
    return data
  }
}
