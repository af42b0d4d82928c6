internal import CZlib
import Foundation

/// Unpacking and checking the entries of a zip archive.
enum Inflate {
  /// The most that a byte of deflate can become.
  private static let largestRatio = 1032

  /// - Parameters:
  ///   - packed: a raw deflate stream, whole.
  ///   - size: of the result, as announced; checked before anything is allocated, and exact.
  ///   - limit: stop after so many bytes; the stream's end is then not looked at.
  /// - Returns: nil if the stream is damaged or of another size.
  static func unpack(_ packed: Data, size: Int, limit: Int = .max) -> Data? {
    guard size <= packed.count.multipliedReportingOverflow(by: largestRatio).partialValue else {
      return nil
    }
    let wanted = min(size, limit)
    var stream = unsafe z_stream()
    guard unsafe cld_inflate_init_raw(&stream) == Z_OK else { return nil }
    defer { unsafe _ = inflateEnd(&stream) }
    var result = Data()
    var chunk = [UInt8](repeating: 0, count: min(max(wanted, 1), 1 << 20))
    var input = packed[...]
    var status = Z_OK
    while status == Z_OK, result.count < wanted || wanted == size {
      let piece = input.prefix(1 << 30)
      let capacity = chunk.count
      let (taken, made): (Int, Int) = unsafe piece.withUnsafeBytes { source in
        unsafe chunk.withUnsafeMutableBufferPointer { target in
          // zlib does not write to its input; its older interface merely does not say so.
          unsafe stream.next_in = UnsafeMutablePointer(
            mutating: source.bindMemory(to: UInt8.self).baseAddress)
          unsafe stream.avail_in = UInt32(source.count)
          unsafe stream.next_out = target.baseAddress
          unsafe stream.avail_out = UInt32(capacity)
          unsafe status = inflate(&stream, Z_NO_FLUSH)
          return unsafe (
            source.count - Int(stream.avail_in), capacity - Int(stream.avail_out)
          )
        }
      }
      input = input.dropFirst(taken)
      guard result.count + made <= size else { return nil }
      result.append(contentsOf: chunk[..<made])
      if taken == 0, made == 0, status == Z_OK { return nil }
    }
    if wanted < size {
      return result.count >= wanted ? result.prefix(wanted) : nil
    }
    return status == Z_STREAM_END && result.count == size ? result : nil
  }

  /// The checksum that zip keeps of an entry.
  static func crc32(_ data: Data) -> UInt32 {
    var checksum = CRC32()
    unsafe data.withUnsafeBytes { unsafe checksum.add($0) }
    return checksum.value
  }
}
