extension Threads {
  /// Like `concurrentRanges`, for a body that returns sums; they are added in the order of the
  /// ranges, so the same number of threads gives the same rounding.
  public static func concurrentSum(
    count: Int, minimum: Int = 1, body: @Sendable (Range<Int>) -> SIMD4<Double>
  ) -> SIMD4<Double> {
    let parts = max(1, min(Threads.count, count / max(minimum, 1)))
    var partial = [SIMD4<Double>](repeating: .zero, count: parts)
    unsafe partial.withUnsafeMutableBufferPointer { buffer in
      // Each part writes its own element.
      nonisolated(unsafe) let partial = unsafe buffer
      concurrentRanges(count: parts) { indices in
        for part in indices {
          unsafe partial[part] = body((count * part / parts)..<(count * (part + 1) / parts))
        }
      }
    }
    return partial.reduce(.zero, +)
  }
}
