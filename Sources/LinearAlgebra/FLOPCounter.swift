import Synchronization

/// Floating-point operations that the calls of this module have done: a multiply and an add count as
/// two.
public enum FLOPCounter {
  private static let counter = Atomic<Int>(0)

  /// The innermost `counting` that the current thread works for; `Threads` hands it on to its own.
  @TaskLocal static var scope: Scope?

  final class Scope: Sendable {
    let count = Atomic<Int>(0)
  }

  /// Those of the whole process. A stage's own count is the difference around it, if nothing else
  /// runs meanwhile.
  public static var total: Int { counter.load(ordering: .relaxed) }

  /// Counts operations that the caller does itself, 0 or more.
  public static func add(_ operations: Int) {
    counter.wrappingAdd(operations, ordering: .relaxed)
    scope?.count.wrappingAdd(operations, ordering: .relaxed)
  }

  /// Runs `body`, and counts what it does, whatever else runs meanwhile. Scopes may nest.
  public static func counting<R>(
    _ body: () throws -> R
  ) rethrows -> (result: R, operations: Int) {
    let own = Scope()
    let result = try $scope.withValue(own) { try body() }
    let operations = own.count.load(ordering: .relaxed)
    scope?.count.wrappingAdd(operations, ordering: .relaxed)
    return (result, operations)
  }
}
