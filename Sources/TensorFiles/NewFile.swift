import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A file that is there whole, or not at all.
enum NewFile {
  /// Writes a temporary file beside `path` piece by piece, sees that it is on the disk, and renames it.
  /// - Throws: what `body` throws, or a `POSIXError`; the temporary file is then gone.
  static func write(
    to path: String,
    _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let temporary = path + ".\(getpid()).\(UInt32.random(in: .min ... .max)).partial"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure() }
    do {
      do {
        try unsafe body { bytes in
          var rest = unsafe bytes
          while let base = rest.baseAddress, unsafe !rest.isEmpty {
            let count = unsafe Glibc.write(descriptor, base, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
          }
        }
        guard fsync(descriptor) == 0 else { throw failure() }
      } catch {
        close(descriptor)
        throw error
      }
      guard close(descriptor) == 0 else { throw failure() }
      guard unsafe rename(temporary, path) == 0 else { throw failure() }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
  }

  private static func failure() -> POSIXError {
    POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
  }
}
