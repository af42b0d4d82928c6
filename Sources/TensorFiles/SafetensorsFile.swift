/// A safetensors file, mapped into memory; its header is validated when it is opened.
public final class SafetensorsFile: Sendable {
  /// The mapped bytes; kept alive by whoever borrows elements from them.
  public let file: MappedFile
  private let header: SafetensorsHeader

  /// - Throws: `TensorFileError`: unreadable, or what is wrong with the header.
  public init(path: String) throws(TensorFileError) {
    let file = try MappedFile(path: path)
    do {
      header = try unsafe file.withUnsafeBytes { bytes in
        try unsafe SafetensorsHeader(bytes, path: path)
      }
    } catch let error as TensorFileError {
      throw error
    } catch {
      throw .malformed(path: path, reason: "\(error)")
    }
    self.file = file
  }

  /// As the caller named it.
  public var path: String { file.path }
  /// `__metadata__` of the header; empty where there is none.
  public var metadata: [String: String] { header.metadata }
  /// All tensor names, sorted.
  public var names: [String] { header.entries.keys.sorted() }

  /// The entry as it is; nil if there is no tensor of that name.
  public func entry(_ name: String) -> TensorEntry? { header.entries[name] }

  /// The entry, checked for presence, element type and shape; -1 in `shape` stands for any length.
  /// - Throws: `TensorFileError` that names file, tensor, wanted and found.
  public func entry(
    _ name: String, shape: [Int]? = nil, of types: Set<ElementType>
  ) throws(TensorFileError) -> TensorEntry {
    guard let entry = entry(name) else { throw .missing(path: path, tensor: name) }
    guard types.contains(entry.elementType) else {
      throw .elementType(
        path: path, tensor: name,
        expected: types.map(\.rawValue).sorted().joined(separator: " or "),
        found: entry.elementType.rawValue)
    }
    if let shape {
      let fits =
        shape.count == entry.shape.count
        && zip(shape, entry.shape).allSatisfy { $0 < 0 || $0 == $1 }
      guard fits else {
        let sides = shape.map { $0 < 0 ? "any" : String($0) }.joined(separator: ", ")
        throw .shape(path: path, tensor: name, expected: "[\(sides)]", found: entry.shape)
      }
    }
    return entry
  }

  /// The tensor's bytes, little-endian, row-major.
  public func withUnsafeBytes<R>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws -> R
  ) rethrows -> R {
    try unsafe file.withUnsafeBytes {
      unsafe try body(UnsafeRawBufferPointer(rebasing: $0[entry.bytes]))
    }
  }

  /// A floating-point tensor as `Float`: float16 and bfloat16 are widened, float64 is rounded.
  /// - Throws: `TensorFileError`: missing, or not a floating-point tensor.
  public func floats(_ name: String) throws(TensorFileError) -> [Float] {
    let entry = try entry(name, of: ElementType.floatingPoint)
    let floats = unsafe withUnsafeBytes(of: entry) { bytes in
      unsafe [Float](unsafeUninitializedCapacity: entry.elementCount) { target, count in
        unsafe widen(bytes, as: entry.elementType, into: target)
        count = entry.elementCount
      }
    }
    file.release(entry.bytes)
    return floats
  }

  /// A floating-point tensor as `Double`.
  /// - Throws: `TensorFileError`: missing, or not a floating-point tensor.
  public func doubles(_ name: String) throws(TensorFileError) -> [Double] {
    let entry = try entry(name, of: ElementType.floatingPoint)
    guard entry.elementType == .float64 else { return try floats(name).map(Double.init) }
    return load(entry, as: Double.self)
  }

  /// An int32 tensor.
  /// - Throws: `TensorFileError`: missing, or of another type.
  public func int32s(_ name: String) throws(TensorFileError) -> [Int32] {
    load(try entry(name, of: [.int32]), as: Int32.self)
  }

  /// An integer tensor of any width up to 64 bits, such as labels.
  /// - Throws: `TensorFileError`: missing, of another type or shape (-1 stands for any length).
  public func integers(_ name: String, shape: [Int]? = nil) throws(TensorFileError) -> [Int] {
    let entry = try entry(name, shape: shape, of: [.int64, .int32, .int16, .int8, .uint8])
    switch entry.elementType {
    case .int64: return load(entry, as: Int64.self).map(Int.init)
    case .int32: return load(entry, as: Int32.self).map(Int.init)
    case .int16: return load(entry, as: Int16.self).map(Int.init)
    case .int8: return load(entry, as: Int8.self).map(Int.init)
    default: return load(entry, as: UInt8.self).map(Int.init)
    }
  }

  /// A uint32 tensor.
  /// - Throws: `TensorFileError`: missing, or of another type.
  public func uint32s(_ name: String) throws(TensorFileError) -> [UInt32] {
    load(try entry(name, of: [.uint32]), as: UInt32.self)
  }

  private func load<T: BitwiseCopyable>(_ entry: TensorEntry, as type: T.Type) -> [T] {
    unsafe withUnsafeBytes(of: entry) { bytes in
      unsafe [T](unsafeUninitializedCapacity: entry.elementCount) { target, count in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
        count = entry.elementCount
      }
    }
  }
}

/// Reads floating-point elements from unaligned bytes into `target`.
func widen(
  _ bytes: UnsafeRawBufferPointer, as type: ElementType,
  into target: UnsafeMutableBufferPointer<Float>
) {
  let count = bytes.count / type.size
  switch type {
  case .float32:
    unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
  case .float64:
    for i in 0..<count {
      unsafe target[i] = Float(bytes.loadUnaligned(fromByteOffset: 8 * i, as: Double.self))
    }
  case .bfloat16:
    for i in 0..<count {
      let bits = unsafe UInt32(bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
      unsafe target[i] = Float(bitPattern: bits << 16)
    }
  case .float16:
    for i in 0..<count {
      let bits = unsafe bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
      unsafe target[i] = float(fromHalf: bits)
    }
  default:
    preconditionFailure("\(type) is not a floating-point type")
  }
}

/// IEEE 754 binary16 → binary32, branch-free, so that the loop above becomes vector code: the
/// exponent and fraction are shifted into place and scaled by 2¹¹², which renormalises subnormals;
/// infinities and NaN get the all-ones exponent back.
@inline(__always)
func float(fromHalf bits: UInt16) -> Float {
  let magnitude = UInt32(bits & 0x7fff) << 13
  let scaled = Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)
  let special: UInt32 = bits & 0x7c00 == 0x7c00 ? 0x7f80_0000 : 0
  return Float(bitPattern: scaled.bitPattern | special | UInt32(bits & 0x8000) << 16)
}
