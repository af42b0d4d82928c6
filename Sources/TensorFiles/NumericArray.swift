import Foundation

/// Numbers of a known shape in the bytes of a file, decoded when they are asked for: what an npy file, an
/// entry of an npz archive and a pickled array come to.
public struct NumericArray: Sendable {
  /// Sides; empty for a scalar. Elements are given row-major, however the bytes have them.
  public let shape: [Int]
  /// What an element is in the bytes.
  public let elementType: ElementType
  private let isFortranOrder: Bool
  /// Little-endian.
  private let bytes: Data

  /// - Parameters:
  ///   - shape: sides, each 0 or more.
  ///   - elementType: what an element is in the bytes.
  ///   - isFortranOrder: whether the first index runs fastest.
  ///   - isBigEndian: whether the bytes of each element are; they are then swapped once.
  ///   - bytes: the elements, one after the other.
  /// - Returns: nil where the bytes are not those of the shape.
  public init?(
    shape: [Int], elementType: ElementType, isFortranOrder: Bool = false,
    isBigEndian: Bool = false, bytes: Data
  ) {
    var expected = elementType.size
    for side in shape {
      let (product, overflow) = expected.multipliedReportingOverflow(by: side)
      guard side >= 0, !overflow else { return nil }
      expected = product
    }
    guard expected == bytes.count else { return nil }
    (self.shape, self.elementType, self.isFortranOrder) = (shape, elementType, isFortranOrder)
    self.bytes = isBigEndian ? Self.swapped(bytes, width: elementType.size) : bytes
  }

  /// The product of the sides.
  public var count: Int { bytes.count / elementType.size }

  /// A floating-point array as `Float`: narrow types are widened, float64 is rounded.
  /// - Parameter name: what messages call the array.
  /// - Throws: `TensorFileError.elementType`.
  public func floats(_ name: String) throws(TensorFileError) -> [Float] {
    try require(ElementType.floatingPoint, name)
    let floats = unsafe bytes.withUnsafeBytes { bytes in
      unsafe [Float](unsafeUninitializedCapacity: count) { target, filled in
        unsafe widen(bytes, as: elementType, into: target)
        filled = count
      }
    }
    return rowMajor(floats)
  }

  /// A floating-point array as `Double`.
  /// - Parameter name: what messages call the array.
  /// - Throws: `TensorFileError.elementType`.
  public func doubles(_ name: String) throws(TensorFileError) -> [Double] {
    guard elementType == .float64 else { return try floats(name).map(Double.init) }
    return rowMajor(load(Double.self))
  }

  /// An array of whole numbers, or of truth values as 0 and 1.
  /// - Parameter name: what messages call the array.
  /// - Throws: `TensorFileError.elementType`, or `.malformed` for a number above `Int.max`.
  public func integers(_ name: String) throws(TensorFileError) -> [Int] {
    try require(
      [.int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool], name)
    switch elementType {
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

  /// The elements as they are stored, little-endian, row-major.
  var rowMajorBytes: Data {
    guard isFortranOrder, shape.count > 1 else { return bytes }
    let width = elementType.size
    let cells = Array(0..<count).reordered(fromColumnMajor: shape)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for cell in cells {
      let start = bytes.startIndex + cell * width
      result += bytes[start..<(start + width)]
    }
    return Data(result)
  }

  private func require(_ types: Set<ElementType>, _ name: String) throws(TensorFileError) {
    guard types.contains(elementType) else {
      throw .elementType(
        path: name, tensor: "array",
        expected: types.map(\.rawValue).sorted().joined(separator: " or "),
        found: elementType.rawValue)
    }
  }

  private func load<T: BitwiseCopyable>(_ type: T.Type) -> [T] {
    unsafe bytes.withUnsafeBytes { bytes in
      let count = bytes.count / MemoryLayout<T>.stride
      return unsafe [T](unsafeUninitializedCapacity: count) { target, filled in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
        filled = count
      }
    }
  }

  private func rowMajor<T>(_ elements: [T]) -> [T] {
    isFortranOrder ? elements.reordered(fromColumnMajor: shape) : elements
  }

  /// The bytes of each element the other way round.
  private static func swapped(_ bytes: Data, width: Int) -> Data {
    var result = Array(bytes)
    for start in stride(from: 0, to: result.count, by: width) {
      result[start..<(start + width)].reverse()
    }
    return Data(result)
  }
}

extension Array {
  /// Elements whose first index runs fastest, brought into the order where the last one does.
  /// - Precondition: the shape's product is the number of elements.
  func reordered(fromColumnMajor shape: [Int]) -> [Element] {
    precondition(shape.reduce(1, *) == count, "\(count) elements for \(shape)")
    guard shape.count > 1, !isEmpty else { return self }
    var strides: [Int] = []
    var stride = 1
    for side in shape {
      strides.append(stride)
      stride *= side
    }
    var index = [Int](repeating: 0, count: shape.count)
    var position = 0
    return (0..<count).map { _ in
      defer {
        for axis in shape.indices.reversed() {
          index[axis] += 1
          position += strides[axis]
          if index[axis] < shape[axis] { break }
          position -= strides[axis] * shape[axis]
          index[axis] = 0
        }
      }
      return self[position]
    }
  }
}
