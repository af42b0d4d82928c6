import Evaluation
import Foundation
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
  /// Whether this process leaves results to another, too.
  let isSilent: Bool

  func result(_ text: String) {
    if !isSilent { print(text) }
  }

  /// A result with its form for scripts, which --json asks for.
  func result(_ text: String, json value: JSONValue) {
    result(json ? value.prettyPrinted : text)
  }

  /// The report of a run: its table and where its page is, or all of it as JSON.
  func result(_ report: RunReport, in folder: RunFolder) throws {
    let text = "\(report.summaryTable)\nreport: \(folder.path("report.html"))"
    result(json ? try report.json() : text)
  }

  /// A progress display for `total` steps of `label`.
  func progress(_ label: String, unit: String = "", total: Int) -> ProgressDisplay {
    ProgressDisplay(
      label: label, unit: unit, total: total, isTerminal: isatty(STDERR_FILENO) == 1, quiet: quiet)
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
