import LinearAlgebra

/// Matrices that calls write over in turn, kept between them: memory that is written for the first time is
/// slow. Solvers that work one after the other share it.
final class ScratchMemory<S: BLASScalar> {
  /// Those that nobody holds.
  private var free: [Matrix<S>] = []

  /// A matrix of that shape for the caller alone; what is in it means nothing.
  func take(rows: Int, columns: Int) -> Matrix<S> {
    if let index = free.lastIndex(where: { $0.shape == [rows, columns] }) {
      return free.remove(at: index)
    }
    return unsafe Matrix<S>(rows: rows, columns: columns, unwritten: ())
  }

  /// Takes matrices back, which their holder does not use any more.
  func give(_ matrices: Matrix<S>...) { free += matrices }

  /// Lends a matrix of that shape; what is in it means nothing.
  func lend<R>(rows: Int, columns: Int, _ body: (inout Matrix<S>) throws -> R) rethrows -> R {
    var matrix = take(rows: rows, columns: columns)
    defer { give(matrix) }
    return try body(&matrix)
  }
}
