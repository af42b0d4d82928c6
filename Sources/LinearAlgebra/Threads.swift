internal import COpenBLAS
import Dispatch
import Foundation
import Synchronization

/// How many threads BLAS and the row-parallel loops of this module use.
public enum Threads {
  private static let limit = Atomic<Int>(0)
  /// Whether the current thread works for `concurrentRanges`.
  @TaskLocal private static var isSplit = false

  /// The number of threads, at least 1. Until it is set: the number of active processors.
  public static var count: Int {
    get {
      let set = limit.load(ordering: .relaxed)
      return set > 0 ? set : ProcessInfo.processInfo.activeProcessorCount
    }
    set {
      precondition(newValue >= 1, "threads: \(newValue)")
      limit.store(newValue, ordering: .relaxed)
      openblas_set_num_threads(Int32(newValue))
    }
  }

  /// Splits `0..<count` into at most `Threads.count` ranges of at least `minimum` elements and runs
  /// `body` on them at the same time. Small counts run on the calling thread, as does everything
  /// inside of a body: work is split once.
  public static func concurrentRanges(
    count: Int, minimum: Int = 1, body: @Sendable (Range<Int>) -> Void
  ) {
    guard count > 0 else { return }
    let parts = isSplit ? 1 : max(1, min(Threads.count, count / max(minimum, 1)))
    guard parts > 1 else { return body(0..<count) }
    let scope = FLOPCounter.scope
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      $isSplit.withValue(true) {
        FLOPCounter.$scope.withValue(scope) {
          body((count * part / parts)..<(count * (part + 1) / parts))
        }
      }
    }
  }
}
