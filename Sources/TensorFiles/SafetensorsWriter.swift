import Foundation

/// Collects tensors and writes them as one safetensors file.
public struct SafetensorsWriter: Sendable {
  private var metadata: [String: String]
  private var tensors: [Tensor] = []

  private struct Tensor: Sendable {
    let name: String
    let type: ElementType
    let shape: [Int]
    let elements: Elements

    var byteCount: Int { shape.reduce(type.size, *) }
  }

  /// Where the caller has them: nothing is copied before it is written.
  private enum Elements: Sendable {
    case floats([Float])
    case doubles([Double])
    case int32s([Int32])
    case bytes(Data)

    func withUnsafeBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
      switch self {
      case .floats(let elements): try unsafe elements.withUnsafeBytes { try unsafe body($0) }
      case .doubles(let elements): try unsafe elements.withUnsafeBytes { try unsafe body($0) }
      case .int32s(let elements): try unsafe elements.withUnsafeBytes { try unsafe body($0) }
      case .bytes(let data): try unsafe data.withUnsafeBytes { try unsafe body($0) }
      }
    }
  }

  /// - Parameter metadata: texts by name, for `__metadata__` of the header; none leaves it out.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// - Precondition: the shape's product is the number of elements; no name twice.
  public mutating func add(_ name: String, shape: [Int], floats: [Float]) {
    add(name, .float32, shape, floats.count, .floats(floats))
  }

  /// - Precondition: the shape's product is the number of elements; no name twice.
  public mutating func add(_ name: String, shape: [Int], doubles: [Double]) {
    add(name, .float64, shape, doubles.count, .doubles(doubles))
  }

  /// - Precondition: the shape's product is the number of elements; no name twice.
  public mutating func add(_ name: String, shape: [Int], int32s: [Int32]) {
    add(name, .int32, shape, int32s.count, .int32s(int32s))
  }

  /// An array as it is stored, row-major.
  /// - Precondition: no name twice.
  public mutating func add(_ name: String, _ array: NumericArray) {
    add(name, array.elementType, array.shape, array.count, .bytes(array.rowMajorBytes))
  }

  private mutating func add(
    _ name: String, _ type: ElementType, _ shape: [Int], _ count: Int, _ elements: Elements
  ) {
    precondition(shape.reduce(1, *) == count, "'\(name)': \(count) elements for \(shape)")
    precondition(!tensors.contains { $0.name == name }, "'\(name)' twice")
    tensors.append(Tensor(name: name, type: type, shape: shape, elements: elements))
  }

  /// Writes a temporary file beside `path` and renames it: never a half-written file.
  /// - Throws: `TensorFileError.unwritable`.
  public func write(to path: String) throws(TensorFileError) {
    // Wide types first keeps every tensor aligned to its element.
    let ordered = tensors.sorted { ($1.type.size, $0.name) < ($0.type.size, $1.name) }
    var header: [String: Any] = [:]
    if !metadata.isEmpty { header["__metadata__"] = metadata }
    var offset = 0
    for tensor in ordered {
      header[tensor.name] = [
        "dtype": tensor.type.rawValue, "shape": tensor.shape,
        "data_offsets": [offset, offset + tensor.byteCount],
      ]
      offset += tensor.byteCount
    }
    do {
      var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
      while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
      var length = UInt64(json.count).littleEndian
      try unsafe NewFile.write(to: path) { write in
        try unsafe withUnsafeBytes(of: &length) { try unsafe write($0) }
        try unsafe json.withUnsafeBytes { try unsafe write($0) }
        for tensor in ordered {
          try unsafe tensor.elements.withUnsafeBytes { try unsafe write($0) }
        }
      }
    } catch {
      throw .unwritable(path: path, reason: error.systemReason)
    }
  }
}
