import Foundation

/// Float32 numbers as bytes: little-endian on every machine, bit for bit.
enum FloatBytes {
  static func data(_ floats: [Float]) -> Data {
    var words = floats.map { $0.bitPattern.littleEndian }
    return unsafe words.withUnsafeMutableBytes { unsafe Data($0) }
  }

  /// Nil if the bytes are no whole number of floats.
  static func floats(_ data: Data) -> [Float]? {
    guard data.count % MemoryLayout<UInt32>.size == 0 else { return nil }
    let count = data.count / MemoryLayout<UInt32>.size
    var floats = [Float](repeating: 0, count: count)
    unsafe floats.withUnsafeMutableBytes { unsafe _ = data.copyBytes(to: $0) }
    #if _endian(big)
      floats = floats.map { Float(bitPattern: UInt32(littleEndian: $0.bitPattern)) }
    #endif
    return floats
  }
}
