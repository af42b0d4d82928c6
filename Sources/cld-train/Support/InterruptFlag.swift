import Dispatch
import MessagePassing
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Remembers Ctrl-C (SIGINT) and SIGTERM, so that long work stops after the step in hand. A second
/// signal ends the process at once; nothing is half-written then either.
enum InterruptFlag {
  private static let raised = Atomic<Bool>(false)
  /// Kept alive for the life of the process; only `install` touches them, before any work starts.
  nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

  static var isRaised: Bool { raised.load(ordering: .relaxed) }

  static func install() {
    // A file at its size limit is then an error of the write, told in words, and no sudden end.
    signal(SIGXFSZ, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      // The default action would end the process before the source sees the signal.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if raised.exchange(true, ordering: .relaxed) { exit(ExitStatus.interrupted.rawValue) }
        if Launch.rank > 0 { return }
        writeError("\ncld-train: stopping after the step in hand; again to stop at once\n")
      }
      source.resume()
      unsafe sources.append(source)
    }
  }
}
