import ArgumentParser
import LinearAlgebra
import Logging
import MessagePassing

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "No progress, and only warnings and errors in the log.")
  var quiet = false

  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  @Option(
    name: .customLong("log-level"),
    help: "trace, debug, info, notice, warning, error or critical (default: info).",
    transform: { text in
      guard let level = Logger.Level(rawValue: text) else {
        throw ValidationError(
          "'\(text)' is no log level: needs trace, debug, info, notice, warning, error or critical")
      }
      return level
    })
  var logLevel: Logger.Level?

  @Option(help: "Threads for linear algebra (default: one for each processor).")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads): needs 1 to 1024")
    }
  }

  /// Applies the options to the process and gives the command its console.
  func start() -> Console {
    if let threads { Threads.count = threads }
    InterruptFlag.install()
    var handler = PlainLogHandler()
    // One rank speaks.
    let isSilent = Launch.rank > 0
    handler.logLevel = isSilent ? .critical : logLevel ?? (quiet ? .warning : .info)
    let logger = Logger(label: "cld-train") { [handler] _ in handler }
    return Console(logger: logger, quiet: quiet || isSilent, json: json, isSilent: isSilent)
  }
}
