import Foundation
import LinearAlgebra
import Testing

/// Keeps BLAS on one thread while a test runs, for tests that compare two trainings to the bit or nearly so:
/// the number of its threads is the process's, other tests change it on the way (`Threads.withSerialBLAS`), and
/// with it the order of sums.
struct SerialBLAS: TestTrait, SuiteTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let (isOpen, isOver) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let holder = Thread {
      Threads.withSerialBLAS {
        isOpen.signal()
        isOver.wait()
      }
    }
    holder.start()
    Self.wait(isOpen)
    defer { isOver.signal() }
    try await function()
  }

  private static func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }
}

extension Trait where Self == SerialBLAS {
  static var serialBLAS: Self { SerialBLAS() }
}
