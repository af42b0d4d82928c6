import Foundation

/// Protocol Buffers' wire format, as much as an ONNX model needs: varints, and whatever follows its
/// length (protobuf.dev, "Encoding").
struct ProtobufWriter {
  private(set) var data = Data()

  /// A message made by `body`.
  static func message(_ body: (inout ProtobufWriter) -> Void) -> ProtobufWriter {
    var writer = ProtobufWriter()
    body(&writer)
    return writer
  }

  mutating func add(_ field: Int, _ number: Int) {
    varint(UInt64(field) << 3)
    varint(UInt64(bitPattern: Int64(number)))
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Data(text.utf8)) }

  mutating func add(_ field: Int, _ message: ProtobufWriter) { add(field, message.data) }

  mutating func add(_ field: Int, _ bytes: Data) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(bytes.count))
    data += bytes
  }

  private mutating func varint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(rest))
  }
}
