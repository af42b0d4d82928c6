import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Standard input as it comes: a line or so many bytes are given out as soon as they are there, and
/// Ctrl-C ends the waiting.
struct StandardInput {
  /// The longest line; a path or a request is far shorter.
  static let longestLine = 1 << 16

  private var buffer: [UInt8] = []
  private var isAtEnd = false

  /// The next line, without its end; nil at the end of the input.
  /// - Throws: `Interrupted`, or `CommandError` for a line that is too long or a read that fails.
  mutating func line() throws -> String? {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeSubrange(...end) }
        var line = buffer[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
      }
      guard buffer.count <= Self.longestLine else {
        throw CommandError(
          .badData,
          "standard input: a line of more than \(Self.longestLine) bytes: no name of a file")
      }
      searched = buffer.count
      guard try fill() else {
        defer { buffer = [] }
        return buffer.isEmpty ? nil : String(decoding: buffer, as: UTF8.self)
      }
    }
  }

  /// The next `count` bytes; fewer only at the end of the input. Memory grows with what has come, not
  /// with what was asked for.
  /// - Throws: `Interrupted`, or `CommandError` for a read that fails.
  mutating func bytes(_ count: Int) throws -> [UInt8] {
    while buffer.count < count, try fill() {}
    defer { buffer.removeFirst(min(count, buffer.count)) }
    return Array(buffer.prefix(count))
  }

  /// Waits for more; false at the end.
  private mutating func fill() throws -> Bool {
    guard !isAtEnd else { return false }
    while true {
      guard !InterruptFlag.isRaised else { throw Interrupted(advice: "the rest was not read") }
      var wait = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&wait, 1, 100)
      guard ready != 0, !(ready < 0 && errno == EINTR) else { continue }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe read(STDIN_FILENO, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw CommandError(
          .inputOutput, "standard input: cannot be read: \(unsafe String(cString: strerror(errno)))"
        )
      }
      isAtEnd = count == 0
      buffer += chunk[..<count]
      return count > 0
    }
  }
}
