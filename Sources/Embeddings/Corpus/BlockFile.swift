import Foundation

/// A file of lines, read in blocks: memory depends on the longest line, not on the file.
final class BlockFile: Sendable {
  /// Longer lines are refused: what has none so long is no table.
  static let longestLine = 1 << 24
  private static let blockSize = 1 << 20

  let path: String
  private let descriptor: Int32

  /// - Throws: `CorpusError.unreadable`.
  init(path: String) throws(CorpusError) {
    self.path = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // a FIFO must not hang
    guard descriptor >= 0 else { throw Self.failure(path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      close(descriptor)
      throw Self.failure(path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: path, reason: "not a regular file")
    }
  }

  deinit { close(descriptor) }

  /// Calls `body` with each line, without its LF or CR LF, and its offset in the file, until `body`
  /// returns false. The bytes are valid only inside `body`.
  ///
  /// - Throws: `CorpusError.unreadable`.
  func forEachLine(
    _ body: (_ line: UnsafeRawBufferPointer, _ offset: Int) -> Bool
  ) throws(CorpusError) {
    var block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.blockSize, alignment: 64)
    defer { unsafe block.deallocate() }
    var blockOffset = 0  // of the block's first byte in the file
    var filled = 0
    while true {
      if filled == block.count {  // one line fills the block
        guard filled < Self.longestLine else {
          throw .unreadable(
            path: path,
            reason: "it is no table, a line is longer than \(Self.longestLine) bytes; give a TSV, "
              + "a CSV or JSON Lines")
        }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * filled, alignment: 64)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(block))
        unsafe block.deallocate()
        unsafe block = larger
      }
      let target = unsafe UnsafeMutableRawBufferPointer(rebasing: block[filled...])
      let count = try unsafe read(into: target, at: blockOffset + filled)
      let isLast = count == 0
      filled += count

      var start = 0
      while start < filled {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: block[start..<filled])
        let newline = unsafe rest.baseAddress.flatMap { base in
          unsafe memchr(base, 0x0A, rest.count).map { unsafe UnsafeRawPointer($0) - base }
        }
        guard let end = newline ?? (isLast ? rest.count : nil) else { break }
        let hasReturn = end > 0 && (unsafe rest[end - 1]) == 0x0D
        let line = unsafe UnsafeRawBufferPointer(rebasing: rest[..<(hasReturn ? end - 1 : end)])
        guard unsafe body(line, blockOffset + start) else { return }
        start += end + (newline == nil ? 0 : 1)
      }
      if isLast { return }
      if start > 0, start < filled {
        unsafe block.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[start..<filled]))
      }
      filled -= start
      blockOffset += start
    }
  }

  /// The first line without a byte order mark; nil for an empty file.
  /// - Throws: `CorpusError.unreadable`.
  func firstLine() throws(CorpusError) -> [UInt8]? {
    var first: [UInt8]?
    try unsafe forEachLine { line, _ in
      unsafe first = [UInt8](line)
      return false
    }
    return first.map { Self.withoutMark($0) }
  }

  /// A file's first line without the byte order mark of UTF-8, which some programs begin with.
  static func withoutMark(_ line: [UInt8]) -> [UInt8] {
    line.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(line.dropFirst(3)) : line
  }

  /// Bytes from anywhere in the file; nil if they are not there or cannot be read.
  func bytes(at offset: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let isComplete = unsafe bytes.withUnsafeMutableBytes { target in
      var filled = 0
      while filled < count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[filled...])
        guard let read = try? unsafe read(into: rest, at: offset + filled), read > 0 else {
          return false
        }
        filled += read
      }
      return true
    }
    return isComplete ? bytes : nil
  }

  private func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(CorpusError) -> Int {
    while true {
      let count = unsafe pread(descriptor, target.baseAddress, target.count, off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR { throw Self.failure(path) }
    }
  }

  private static func failure(_ path: String) -> CorpusError {
    .unreadable(path: path, reason: SystemError.last)
  }
}
