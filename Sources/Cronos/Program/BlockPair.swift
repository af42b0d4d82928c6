import LinearAlgebra

/// The two halves (v, w) of a variable of the convex program, for all classes at once.
///
/// Each half is `[rows, C·P]`; column c·P + i belongs to class c and hyperplane i. Rows are the d
/// coordinates of the embedding for weights, the n samples for slacks.
public struct BlockPair<S: BLASScalar>: Sendable, Equatable {
  public var v, w: Matrix<S>

  public init(v: Matrix<S>, w: Matrix<S>) {
    precondition(v.shape == w.shape, "halves \(v.shape) and \(w.shape)")
    (self.v, self.w) = (v, w)
  }

  /// Zeros.
  public init(rows: Int, columns: Int) {
    self.init(v: Matrix(rows: rows, columns: columns), w: Matrix(rows: rows, columns: columns))
  }

  /// Frobenius inner product over both halves.
  static func dot(_ a: BlockPair, _ b: BlockPair) -> S {
    LinearAlgebra.dot(a.v, b.v) + LinearAlgebra.dot(a.w, b.w)
  }

  /// Frobenius norm over both halves.
  public var norm: S {
    let (a, b) = (v.norm, w.norm)
    return (a * a + b * b).squareRoot()
  }

  /// `self ← self + alpha·x`.
  mutating func add(_ alpha: S, _ x: BlockPair) {
    axpy(alpha, x.v, into: &v)
    axpy(alpha, x.w, into: &w)
  }

  /// `self ← x + alpha·self`.
  mutating func scale(_ alpha: S, adding x: BlockPair) {
    v.combine(x.v) { old, x in x + alpha * old }
    w.combine(x.w) { old, x in x + alpha * old }
  }

  /// Same numbers in another precision.
  func converted<T: BLASScalar>(to type: T.Type = T.self) -> BlockPair<T> {
    BlockPair<T>(v: v.converted(to: type), w: w.converted(to: type))
  }
}
