internal import COpenSSL
import Foundation
import TensorFiles

/// SHA-256 digests in lower-case hexadecimal, 64 characters, computed by libcrypto.
///
/// They name what a cached value was computed from: the bytes of a clip, the bytes of a weight file.
public enum SHA256Digest {
  /// The digest of a file's bytes, read in blocks, so that memory does not grow with the file.
  ///
  /// - Throws: `DigestError.unreadable` for a file that cannot be opened or read, or a folder.
  public static func hex(ofFile path: String) throws(DigestError) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // a FIFO must not hang
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "not a regular file")
    }

    let digester = Digester()
    // Most clips fit into one block; a weight file of gigabytes gains nothing from larger ones.
    let blockSize = min(max(Int(status.st_size) + 1, 4096), 1 << 20)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
    defer { unsafe block.deallocate() }
    while true {
      let count = unsafe read(descriptor, block.baseAddress, block.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(path)
      }
      unsafe digester.update(UnsafeRawBufferPointer(rebasing: block[..<count]))
    }
    return hex(digester.finish())
  }

  /// The digest of a mapped file's bytes: nothing is copied, and no more than a block of it is held in
  /// memory on this account.
  public static func hex(of file: MappedFile) -> String {
    let digester = Digester()
    let size = 1 << 24
    for start in stride(from: 0, to: file.count, by: size) {
      let block = start..<min(start + size, file.count)
      unsafe file.withUnsafeBytes {
        unsafe digester.update(UnsafeRawBufferPointer(rebasing: $0[block]))
      }
      file.release(block)
    }
    return hex(digester.finish())
  }

  /// The digest of bytes in memory.
  public static func hex(of bytes: [UInt8]) -> String {
    let digester = Digester()
    unsafe bytes.withUnsafeBytes { unsafe digester.update($0) }
    return hex(digester.finish())
  }

  /// The 32 bytes of the digest of some data, one part after the other.
  static func bytes(of parts: [Data]) -> [UInt8] {
    let digester = Digester()
    for part in parts { unsafe part.withUnsafeBytes { unsafe digester.update($0) } }
    return digester.finish()
  }

  private static func hex(_ digest: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(2 * digest.count)
    for byte in digest {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func failure(_ path: String) -> DigestError {
    .unreadable(path: path, reason: SystemError.last)
  }
}

/// One running digest. libcrypto's calls on it fail only for want of memory.
@safe private final class Digester {
  // Safe: it is made by `init`, freed by `deinit` alone, and never leaves the class.
  private let context: OpaquePointer

  init() {
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("EVP_MD_CTX_new") }
    unsafe self.context = context
    let started = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
    precondition(started == 1, "EVP_DigestInit_ex")
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  func update(_ bytes: UnsafeRawBufferPointer) {
    guard unsafe !bytes.isEmpty else { return }
    let updated = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(updated == 1, "EVP_DigestUpdate")
  }

  /// The digest of all bytes so far; the digester is used up.
  func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let finished = unsafe EVP_DigestFinal_ex(context, &digest, &count)
    precondition(finished == 1, "EVP_DigestFinal_ex")
    return Array(digest.prefix(Int(count)))
  }
}
