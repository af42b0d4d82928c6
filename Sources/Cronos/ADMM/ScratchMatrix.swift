import LinearAlgebra

/// A matrix that calls write over in turn, kept between them: memory that is written for the first time is
/// slow. Copies of a solver share it, as they work one after the other.
final class ScratchMatrix<S: BLASScalar> {
  private var kept: Matrix<S>?

  /// Lends a matrix of that shape; what is in it means nothing.
  func lend<R>(rows: Int, columns: Int, _ body: (inout Matrix<S>) throws -> R) rethrows -> R {
    var matrix =
      if let kept, kept.shape == [rows, columns] { kept } else {
        unsafe Matrix<S>(rows: rows, columns: columns, unwritten: ())
      }
    kept = nil  // so that it is written in place
    defer { kept = matrix }
    return try body(&matrix)
  }
}
