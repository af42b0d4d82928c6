import Evaluation
import Foundation
import LinearAlgebra
import Logging
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Where a command speaks: results on standard output, logs and progress on standard error.
struct Console: Sendable {
  let logger: Logger
  let quiet: Bool
  /// Whether results are wanted as JSON.
  let json: Bool

  func result(_ text: String) { print(text) }

  /// A result with its form for scripts, which --json asks for.
  func result(_ text: String, json value: JSONValue) { print(json ? value.prettyPrinted : text) }

  /// A progress display for `total` steps of `label`.
  func progress(_ label: String, total: Int) -> ProgressDisplay {
    ProgressDisplay(
      label: label, total: total, isTerminal: isatty(STDERR_FILENO) == 1, quiet: quiet)
  }
}

/// Writes log lines as `level: message` to standard error.
struct PlainLogHandler: LogHandler {
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let prefix = event.level == .info ? "" : "\(event.level): "
    writeError("cld-train: \(prefix)\(event.message)\n")
  }
}

/// Writes text to standard error in one piece.
func writeError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}

/// Progress with rate and remaining time: a line that is redrawn on a terminal, a plain line every
/// ten seconds elsewhere.
final class ProgressDisplay: Sendable {
  private struct State {
    var last: ContinuousClock.Instant?
    var drawn = false
  }

  private let label: String
  private let total: Int
  private let isTerminal, quiet: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(label: String, total: Int, isTerminal: Bool, quiet: Bool) {
    (self.label, self.total, self.isTerminal, self.quiet) = (label, total, isTerminal, quiet)
  }

  /// Shows that `done` of the steps are done; `note` is anything worth saying beside it.
  func update(_ done: Int, note: String = "") {
    guard !quiet else { return }
    let now = ContinuousClock.now
    state.withLock { state in
      let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
      if let last = state.last, now - last < interval, done < total { return }
      if state.last == nil, !isTerminal, done < total {
        state.last = now
        return
      }
      state.last = now
      let line = text(done, elapsed: now - start, note: note)
      writeError(isTerminal ? "\r\u{1B}[K\(line)" : line + "\n")
      state.drawn = isTerminal
    }
  }

  /// Ends the display, so that the next output begins on a line of its own.
  func finish() {
    state.withLock { state in
      if state.drawn { writeError("\n") }
      state.drawn = false
    }
  }

  private func text(_ done: Int, elapsed: Duration, note: String) -> String {
    let seconds = elapsed.inSeconds
    var line = "\(label): \(done)/\(total)"
    if done > 0, seconds > 0 {
      let rate = Double(done) / seconds
      line += ", \(rate.formatted(.number.precision(.significantDigits(3))))/s"
      if done < total {
        line += ", \(Int((Double(total - done) / rate).rounded(.up))) s left"
      }
    }
    return note.isEmpty ? line : "\(line), \(note)"
  }
}
