import Foundation

/// Collects tensors and writes them as one safetensors file.
public struct SafetensorsWriter: Sendable {
  private var metadata: [String: String]
  private var tensors: [(name: String, type: ElementType, shape: [Int], data: Data)] = []

  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// - Precondition: the shape's product is the number of elements; no name twice.
  public mutating func add(_ name: String, shape: [Int], floats: [Float]) {
    add(name, .float32, shape, floats)
  }

  /// - Precondition: the shape's product is the number of elements; no name twice.
  public mutating func add(_ name: String, shape: [Int], doubles: [Double]) {
    add(name, .float64, shape, doubles)
  }

  /// - Precondition: the shape's product is the number of elements; no name twice.
  public mutating func add(_ name: String, shape: [Int], int32s: [Int32]) {
    add(name, .int32, shape, int32s)
  }

  /// An array as it is stored, row-major.
  /// - Precondition: no name twice.
  public mutating func add(_ name: String, _ array: NumericArray) {
    precondition(!tensors.contains { $0.name == name }, "'\(name)' twice")
    tensors.append((name, array.elementType, array.shape, array.rowMajorBytes))
  }

  private mutating func add<T: BitwiseCopyable>(
    _ name: String, _ type: ElementType, _ shape: [Int], _ elements: [T]
  ) {
    precondition(
      shape.reduce(1, *) == elements.count, "'\(name)': \(elements.count) elements for \(shape)")
    precondition(!tensors.contains { $0.name == name }, "'\(name)' twice")
    tensors.append((name, type, shape, unsafe elements.withUnsafeBytes { unsafe Data($0) }))
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
        "data_offsets": [offset, offset + tensor.data.count],
      ]
      offset += tensor.data.count
    }
    do {
      var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
      while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
      var file = Data(capacity: 8 + json.count + offset)
      var length = UInt64(json.count).littleEndian
      unsafe withUnsafeBytes(of: &length) { unsafe file.append(contentsOf: $0) }
      file.append(json)
      for tensor in ordered { file.append(tensor.data) }
      try file.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.systemReason)
    }
  }
}
