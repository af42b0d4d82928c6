import ArgumentParser
import Embeddings

/// Raw mono samples at 16 kHz, little-endian.
enum PCMFormat: String, CaseIterable, ExpressibleByArgument {
  /// 16-bit integers.
  case s16le
  /// 32-bit floating point, full scale ±1.
  case f32le

  /// Bytes of a sample.
  var width: Int { self == .s16le ? 2 : 4 }

  /// The samples of whole ones; nil if one of them is not finite.
  func samples(_ bytes: [UInt8]) -> [Float]? {
    let count = bytes.count / width
    let samples: [Float] = unsafe bytes.withUnsafeBytes { bytes in
      switch self {
      case .s16le:
        (0..<count).map {
          Float(
            Int16(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self)))
            / 32_768
        }
      case .f32le:
        (0..<count).map {
          Float(
            bitPattern: UInt32(
              littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
        }
      }
    }
    return samples.allSatisfy(\.isFinite) ? samples : nil
  }
}
