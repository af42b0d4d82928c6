import Synchronization

/// Floating-point operations that the calls of this module have done, in the whole process: a
/// multiply and an add count as two. A stage's own count is the difference of `total` around it.
public enum FLOPCounter {
  private static let counter = Atomic<Int>(0)

  public static var total: Int { counter.load(ordering: .relaxed) }

  public static func add(_ operations: Int) {
    counter.wrappingAdd(operations, ordering: .relaxed)
  }
}
