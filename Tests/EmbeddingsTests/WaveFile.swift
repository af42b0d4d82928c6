import Foundation

/// Bytes of a wav file, written here so that tests need no other program.
enum WaveFile {
  enum Encoding {
    case pcm16
    case float32
  }

  /// - Parameter channels: one array of samples for each channel, of equal lengths, full scale ±1.
  static func bytes(
    _ channels: [[Float]], rate: Int, encoding: Encoding = .float32
  ) -> [UInt8] {
    let width = encoding == .pcm16 ? 2 : 4
    var data: [UInt8] = []
    for frame in 0..<(channels.first?.count ?? 0) {
      for channel in channels {
        switch encoding {
        case .float32: data += littleEndian(channel[frame].bitPattern)
        case .pcm16: data += littleEndian(UInt16(bitPattern: Int16(channel[frame] * 32767)))
        }
      }
    }
    var format: [UInt8] = []
    format += littleEndian(UInt16(encoding == .pcm16 ? 1 : 3))
    format += littleEndian(UInt16(channels.count))
    format += littleEndian(UInt32(rate))
    format += littleEndian(UInt32(rate * channels.count * width))
    format += littleEndian(UInt16(channels.count * width))
    format += littleEndian(UInt16(8 * width))
    let body =
      Array("WAVE".utf8) + chunk("fmt ", format) + chunk("data", data)
    return chunk("RIFF", body)
  }

  static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    Array(name.utf8) + littleEndian(UInt32(bytes.count)) + bytes
  }

  static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe Array($0) }
  }

  /// A tone of the given frequency in Hz.
  static func tone(_ frequency: Double, seconds: Double, rate: Int, peak: Double = 0.5) -> [Float] {
    (0..<Int(seconds * Double(rate))).map {
      Float(peak * sin(2 * .pi * frequency * Double($0) / Double(rate)))
    }
  }
}
