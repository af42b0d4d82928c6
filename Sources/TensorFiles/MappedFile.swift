import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A whole file, mapped read-only into memory for as long as the value lives.
@safe public final class MappedFile: @unchecked Sendable {
  // Unchecked: the mapping is private and read-only, so any thread may read it.
  private let base: UnsafeMutableRawPointer?
  /// As the caller named it.
  public let path: String
  /// Bytes of the file.
  public let count: Int

  /// - Throws: `TensorFileError.unreadable`.
  public init(path: String) throws(TensorFileError) {
    func failure() -> TensorFileError {
      .unreadable(path: path, reason: unsafe String(cString: strerror(errno)))
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // a FIFO must not hang
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw failure() }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "not a regular file")
    }
    self.path = path
    count = Int(status.st_size)
    if count == 0 {
      unsafe base = nil
    } else {
      let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw failure() }
      unsafe base = mapped
    }
  }

  deinit {
    if let base = unsafe base { unsafe munmap(base, count) }
  }

  /// All bytes of the file. The pointer is valid only inside `body`, or as long as this object is
  /// kept alive.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(self) {
      try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }
  }

  /// Lets go of the memory that whole pages of `bytes` take, when they have served for now. They are
  /// read from the file again if they are needed again.
  public func release(_ bytes: Range<Int>) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = (bytes.lowerBound + page - 1) / page * page
    let end = bytes.upperBound / page * page
    guard let base = unsafe base, first < end else { return }
    // A mere hint: if it fails, memory stays taken.
    unsafe _ = madvise(base + first, end - first, MADV_DONTNEED)
  }

  /// The bytes without a copy; the file stays mapped as long as they, or a slice of them, are held.
  public var data: Data {
    guard let base = unsafe base else { return Data() }
    return unsafe Data(
      bytesNoCopy: base, count: count,
      deallocator: .custom { _, _ in withExtendedLifetime(self) {} })
  }
}
