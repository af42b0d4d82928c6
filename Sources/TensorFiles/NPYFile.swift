import Foundation

/// One array in NumPy's npy format: a file, or an entry of an npz archive once it is unpacked.
///
/// Little-endian numbers of any width and Unicode text are read; arrays of Python objects, which only
/// unpickling could read, and structured ones are refused. Elements are given row-major, however the
/// file has them.
public struct NPYFile: Sendable {
  /// The file, or what stands for it in messages.
  public let name: String
  private let data: Data
  private let header: NPYHeader

  /// Maps a file into memory and reads its header.
  /// - Throws: `TensorFileError`: unreadable, or what is wrong with the header.
  public init(path: String) throws(TensorFileError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch {
      throw .unreadable(path: path, reason: error.systemReason)
    }
    try self.init(data: data, name: path)
  }

  /// - Parameter name: what messages call the array, such as `weights.npz: theta1`.
  /// - Throws: `TensorFileError.malformed`.
  public init(data: Data, name: String) throws(TensorFileError) {
    (self.data, self.name) = (data, name)
    do throws(NPYHeader.Problem) {
      // Headers are short: 64 KiB hold any that NumPy's own reader accepts.
      header = try NPYHeader(Array(data.prefix(1 << 16)), count: data.count)
    } catch {
      throw .malformed(path: name, reason: error.reason)
    }
  }

  /// Sides, row-major; empty for a scalar.
  public var shape: [Int] { header.shape }

  /// How numbers are stored; nil for text.
  public var elementType: ElementType? {
    if case .number(let type) = header.element { type } else { nil }
  }

  /// A floating-point array as `Float`: float16 is widened, float64 is rounded.
  /// - Throws: `TensorFileError.elementType`.
  public func floats() throws(TensorFileError) -> [Float] {
    let type = try require([.float16, .float32, .float64])
    let floats = unsafe withElements { bytes in
      unsafe [Float](unsafeUninitializedCapacity: count) { target, filled in
        unsafe widen(bytes, as: type, into: target)
        filled = count
      }
    }
    return rowMajor(floats)
  }

  /// A floating-point array as `Double`.
  /// - Throws: `TensorFileError.elementType`.
  public func doubles() throws(TensorFileError) -> [Double] {
    guard elementType == .float64 else { return try floats().map(Double.init) }
    return rowMajor(load(Double.self))
  }

  /// An array of whole numbers, or of truth values as 0 and 1.
  /// - Throws: `TensorFileError.elementType`, or `.malformed` for a number above `Int.max`.
  public func integers() throws(TensorFileError) -> [Int] {
    let type = try require([
      .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool,
    ])
    switch type {
    case .int64: return rowMajor(load(Int64.self).map(Int.init))
    case .int32: return rowMajor(load(Int32.self).map(Int.init))
    case .int16: return rowMajor(load(Int16.self).map(Int.init))
    case .int8: return rowMajor(load(Int8.self).map(Int.init))
    case .uint32: return rowMajor(load(UInt32.self).map(Int.init))
    case .uint16: return rowMajor(load(UInt16.self).map(Int.init))
    case .uint64:
      let values = load(UInt64.self)
      guard values.allSatisfy({ $0 <= UInt64(Int.max) }) else {
        throw .malformed(path: name, reason: "it has a number above \(Int.max)")
      }
      return rowMajor(values.map(Int.init))
    default: return rowMajor(load(UInt8.self).map(Int.init))
    }
  }

  /// An array of text.
  /// - Throws: `TensorFileError.elementType`.
  public func strings() throws(TensorFileError) -> [String] {
    guard case .text(let length) = header.element else {
      throw .elementType(
        path: name, tensor: "array", expected: "text", found: elementType?.rawValue ?? "")
    }
    let scalars = load(UInt32.self)
    return rowMajor(
      (0..<count).map { i in
        let cell = scalars[(i * length)..<((i + 1) * length)].prefix { $0 != 0 }
        return String(
          String.UnicodeScalarView(cell.map { Unicode.Scalar($0) ?? "\u{FFFD}" }))
      })
  }

  private var count: Int { header.shape.reduce(1, *) }

  private func require(_ types: Set<ElementType>) throws(TensorFileError) -> ElementType {
    guard let type = elementType, types.contains(type) else {
      throw .elementType(
        path: name, tensor: "array",
        expected: types.map(\.rawValue).sorted().joined(separator: " or "),
        found: elementType?.rawValue ?? "text")
    }
    return type
  }

  private func withElements<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    unsafe data.withUnsafeBytes { bytes in
      unsafe body(UnsafeRawBufferPointer(rebasing: bytes[header.dataStart...]))
    }
  }

  private func load<T: BitwiseCopyable>(_ type: T.Type) -> [T] {
    unsafe withElements { bytes in
      let count = bytes.count / MemoryLayout<T>.stride
      return unsafe [T](unsafeUninitializedCapacity: count) { target, filled in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
        filled = count
      }
    }
  }

  /// Elements in the file's order, brought into row-major order.
  private func rowMajor<T>(_ elements: [T]) -> [T] {
    guard header.isFortranOrder, shape.count > 1, !elements.isEmpty else { return elements }
    var strides: [Int] = []
    var stride = 1
    for side in shape {
      strides.append(stride)
      stride *= side
    }
    var index = [Int](repeating: 0, count: shape.count)
    var position = 0
    return (0..<elements.count).map { _ in
      defer {
        for axis in shape.indices.reversed() {
          index[axis] += 1
          position += strides[axis]
          if index[axis] < shape[axis] { break }
          position -= strides[axis] * shape[axis]
          index[axis] = 0
        }
      }
      return elements[position]
    }
  }
}
