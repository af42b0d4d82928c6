/// How one element of a tensor is stored.
public enum ElementType: String, Sendable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"

  /// The types that can be read as `Float` and `Double`.
  public static let floatingPoint: Set<ElementType> = [.float64, .float32, .float16, .bfloat16]

  /// Bytes an element takes.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// One tensor of a file: its name, how it is stored, its shape (row-major; empty for a scalar).
public struct TensorEntry: Sendable, Equatable {
  public let name: String
  public let elementType: ElementType
  public let shape: [Int]
  /// Where the tensor's bytes lie in the file.
  let bytes: Range<Int>

  /// The product of the sides: 1 for a scalar.
  public var elementCount: Int { shape.reduce(1, *) }
}
