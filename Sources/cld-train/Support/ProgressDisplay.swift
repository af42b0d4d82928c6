import Foundation
import LinearAlgebra
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Progress with pace and remaining time: a bar that is redrawn on a terminal, a plain line every ten
/// seconds elsewhere.
final class ProgressDisplay: Sendable {
  /// How fast the work goes, where not all steps are work: those found in a cache take no time.
  struct Pace {
    /// Steps a second.
    var rate: Double
    /// Seconds left.
    var left: Double?
  }

  private struct State {
    var last: ContinuousClock.Instant?
    var drawn = false
  }

  private let label, unit: String
  private let total: Int
  private let isTerminal, quiet: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  /// - Parameter unit: what the steps are, where that is worth its place.
  init(label: String, unit: String = "", total: Int, isTerminal: Bool, quiet: Bool) {
    (self.label, self.unit, self.total) = (label, unit, total)
    (self.isTerminal, self.quiet) = (isTerminal, quiet)
  }

  /// Shows that `done` of the steps are done, at a pace (by default that of all steps so far); `note`
  /// is anything worth saying beside it.
  func update(_ done: Int, pace: Pace? = nil, note: String = "") {
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
      let elapsed = (now - start).inSeconds
      let average = Pace(
        rate: elapsed > 0 ? Double(done) / elapsed : 0,
        left: done > 0 ? elapsed / Double(done) * Double(total - done) : nil)
      let parts = ["\(done)/\(total)"] + words(pace ?? average, isDone: done >= total) + [note]
      let text = parts.filter { !$0.isEmpty }.joined(separator: ", ")
      if isTerminal {
        let room = Self.terminalWidth - 1
        let line = "\(label)\(bar(done, room: room - label.count - text.count)) \(text)"
        writeError("\r\u{1B}[K" + line.prefix(room))
      } else {
        writeError("\(label): \(text)\n")
      }
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

  /// As wide as there is room for, up to twenty cells; nothing where not even five fit.
  private func bar(_ done: Int, room: Int) -> String {
    let width = min(20, room - 4)  // two spaces, two brackets
    guard width >= 5 else { return "" }
    let filled = total > 0 ? min(width, width * done / total) : width
    return " [" + String(repeating: "#", count: filled)
      + String(repeating: "-", count: width - filled) + "]"
  }

  private func words(_ pace: Pace, isDone: Bool) -> [String] {
    var words: [String] = []
    if pace.rate > 0 {
      let rate = pace.rate.formatted(.number.precision(.significantDigits(3)))
      words.append(unit.isEmpty ? "\(rate)/s" : "\(rate) \(unit)/s")
    }
    if let left = pace.left, !isDone { words.append("\(Self.time(left)) left") }
    return words
  }

  /// Hours, minutes and seconds: `1:02:03`, `2:03`.
  static func time(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded(.up))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
      ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
  }

  /// Columns of the terminal; 80 where it does not say.
  private static var terminalWidth: Int {
    var size = winsize()
    let known = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0
    return known && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
