import Foundation

/// One array in NumPy's npy format: a file, or an entry of an npz archive once it is unpacked.
///
/// Little-endian numbers of any width and Unicode text are read; arrays of Python objects, which only
/// unpickling could read, and structured ones are refused. Elements are given row-major, however the
/// file has them.
public struct NPYFile: Sendable {
  private enum Content {
    case numbers(NumericArray)
    /// Code points, four bytes each, `length` of them a cell.
    case text(Data, length: Int, isFortranOrder: Bool)
  }

  /// The file, or what stands for it in messages.
  public let name: String
  /// Sides, row-major; empty for a scalar.
  public let shape: [Int]
  private let content: Content

  /// Maps a file into memory and reads its header.
  /// - Throws: `TensorFileError`: unreadable, or what is wrong with the header.
  public init(path: String) throws(TensorFileError) {
    try self.init(data: MappedFile(path: path).data, name: path)
  }

  /// - Parameter name: what messages call the array, such as `weights.npz: theta1`.
  /// - Throws: `TensorFileError.malformed`.
  public init(data: Data, name: String) throws(TensorFileError) {
    self.name = name
    let header: NPYHeader
    do throws(NPYHeader.Problem) {
      header = try NPYHeader(Array(data.prefix(NPYHeader.longest)), count: data.count)
    } catch {
      throw .malformed(path: name, reason: error.reason)
    }
    shape = header.shape
    let bytes = data.dropFirst(header.dataStart)
    switch header.element {
    case .number(let type):
      guard
        let array = NumericArray(
          shape: shape, elementType: type, isFortranOrder: header.isFortranOrder, bytes: bytes)
      else { throw .malformed(path: name, reason: "shape \(shape) does not fit its bytes") }
      content = .numbers(array)
    case .text(let length):
      content = .text(bytes, length: length, isFortranOrder: header.isFortranOrder)
    }
  }

  /// How numbers are stored; nil for text.
  public var elementType: ElementType? {
    if case .numbers(let array) = content { array.elementType } else { nil }
  }

  /// A floating-point array as `Float`: float16 is widened, float64 is rounded.
  /// - Throws: `TensorFileError.elementType`.
  public func floats() throws(TensorFileError) -> [Float] { try numbers().floats(name) }

  /// A floating-point array as `Double`.
  /// - Throws: `TensorFileError.elementType`.
  public func doubles() throws(TensorFileError) -> [Double] { try numbers().doubles(name) }

  /// An array of whole numbers, or of truth values as 0 and 1.
  /// - Throws: `TensorFileError.elementType`, or `.malformed` for a number above `Int.max`.
  public func integers() throws(TensorFileError) -> [Int] { try numbers().integers(name) }

  /// - Throws: `TensorFileError.elementType` for text.
  public func numbers() throws(TensorFileError) -> NumericArray {
    guard case .numbers(let array) = content else {
      throw .elementType(path: name, tensor: "array", expected: "numbers", found: "text")
    }
    return array
  }

  /// An array of text.
  /// - Throws: `TensorFileError.elementType`.
  public func strings() throws(TensorFileError) -> [String] {
    guard case .text(let bytes, let length, let isFortranOrder) = content else {
      throw .elementType(
        path: name, tensor: "array", expected: "text", found: elementType?.rawValue ?? "")
    }
    let scalars = unsafe bytes.withUnsafeBytes { bytes in
      (0..<(bytes.count / 4)).map {
        unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)
      }
    }
    let cells = (0..<shape.reduce(1, *)).map { i in
      let cell = scalars[(i * length)..<((i + 1) * length)].prefix { $0 != 0 }
      return String(String.UnicodeScalarView(cell.map { Unicode.Scalar($0) ?? "\u{FFFD}" }))
    }
    return isFortranOrder ? cells.reordered(fromColumnMajor: shape) : cells
  }
}
