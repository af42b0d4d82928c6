import Foundation

/// TensorBoard's event file: TFRecords of `Event` messages, written field by field.
///
///     record  = length (u64), masked CRC-32C of it (u32), data, masked CRC-32C of the data (u32)
///     Event   { 1: wall_time double, 2: step int64, 3: file_version string, 5: Summary }
///     Summary { 1: Value { 1: tag string, 2: simple_value float } }
enum EventFile {
  static func data(_ trace: [RunReport.TracePoint], start: Date) -> Data {
    let began = start.timeIntervalSince1970
    var file = record(double(1, began) + bytes(3, Data("brain.Event:2".utf8)))
    for point in trace {
      var summary = Data()
      for curve in RunReport.TracePoint.curves {
        guard let value = curve.value(point) else { continue }
        summary += bytes(1, bytes(1, Data(curve.name.utf8)) + float(2, Float(value)))
      }
      file += record(
        double(1, began + point.seconds) + varint(2, UInt64(max(point.iteration, 0)))
          + bytes(5, summary))
    }
    return file
  }

  static func record(_ data: Data) -> Data {
    let length = little(UInt64(data.count))
    return length + little(masked(crc32c(length))) + data + little(masked(crc32c(data)))
  }

  /// Castagnoli's polynomial, reflected: 0x82F63B78.
  static func crc32c(_ data: Data) -> UInt32 {
    var crc = UInt32.max
    for byte in data {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    return ~crc
  }

  private static func masked(_ crc: UInt32) -> UInt32 { (crc >> 15 | crc << 17) &+ 0xA282_EAD8 }

  private static func little(_ value: some FixedWidthInteger) -> Data {
    var rest = value
    var data = Data()
    for _ in 0..<(value.bitWidth / 8) {
      data.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    return data
  }

  private static func base128(_ value: UInt64) -> Data {
    var (rest, data) = (value, Data())
    while rest >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(rest))
    return data
  }

  private static func varint(_ field: UInt64, _ value: UInt64) -> Data {
    base128(field << 3) + base128(value)
  }

  private static func double(_ field: UInt64, _ value: Double) -> Data {
    base128(field << 3 | 1) + little(value.bitPattern)
  }

  private static func bytes(_ field: UInt64, _ value: Data) -> Data {
    base128(field << 3 | 2) + base128(UInt64(value.count)) + value
  }

  private static func float(_ field: UInt64, _ value: Float) -> Data {
    base128(field << 3 | 5) + little(value.bitPattern)
  }
}
