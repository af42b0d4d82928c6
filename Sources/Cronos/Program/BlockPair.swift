import LinearAlgebra

/// The two halves (v, w) of a variable of the convex program, for all classes at once.
///
/// Each half is `[rows, C·P]`; column c·P + i belongs to class c and hyperplane i. Rows are the d
/// coordinates of the embedding for weights, the n samples for slacks. They lie side by side, so that one
/// product serves both.
public struct BlockPair<S: BLASScalar>: Sendable, Equatable {
  /// v, and right of it w: `[rows, 2·C·P]`.
  public var both: Matrix<S>

  public init(both: Matrix<S>) {
    precondition(both.columns.isMultiple(of: 2), "halves of \(both.shape)")
    self.both = both
  }

  public init(v: Matrix<S>, w: Matrix<S>) {
    precondition(v.shape == w.shape, "halves \(v.shape) and \(w.shape)")
    let half = v.columns
    var both = unsafe Matrix<S>(rows: v.rows, columns: 2 * half, unwritten: ())
    unsafe both.withUnsafeMutableElements { both in
      for (part, matrix) in [v, w].enumerated() {
        unsafe matrix.withUnsafeElements { e in
          for i in 0..<v.rows {
            for j in 0..<half { unsafe both[(2 * i + part) * half + j] = e[i * half + j] }
          }
        }
      }
    }
    self.init(both: both)
  }

  /// Zeros; `columns` of one half.
  public init(rows: Int, columns: Int) {
    self.init(both: Matrix(rows: rows, columns: 2 * columns))
  }

  public var rows: Int { both.rows }
  /// C·P, of one half.
  public var columns: Int { both.columns / 2 }
  /// A copy of the first half.
  public var v: Matrix<S> { both.selectingColumns(0..<columns) }
  /// A copy of the second half.
  public var w: Matrix<S> { both.selectingColumns(columns..<(2 * columns)) }

  /// v − w.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func difference() -> Matrix<S> {
    let half = columns
    var difference = unsafe Matrix<S>(rows: rows, columns: half, unwritten: ())
    unsafe difference.withUnsafeMutableElements { out in
      unsafe both.withUnsafeElements { e in
        for i in 0..<rows {
          let row = 2 * half * i
          for j in 0..<half { unsafe out[half * i + j] = e[row + j] - e[row + half + j] }
        }
      }
    }
    return difference
  }

  /// (v + w, v − w), times `scale`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func sumAndDifference(scale: S = 1) -> BlockPair {
    let half = columns
    var mixed = unsafe Matrix<S>(rows: rows, columns: 2 * half, unwritten: ())
    unsafe mixed.withUnsafeMutableElements { out in
      unsafe both.withUnsafeElements { e in
        for i in 0..<rows {
          let row = 2 * half * i
          for j in row..<(row + half) {
            let (v, w) = unsafe (e[j], e[j + half])
            unsafe out[j] = scale * (v + w)
            unsafe out[j + half] = scale * (v - w)
          }
        }
      }
    }
    return BlockPair(both: mixed)
  }

  /// `v ← v + alpha·x`, `w ← w − alpha·x`, x `[rows, C·P]`.
  mutating func addOpposites(_ alpha: S, _ x: Matrix<S>) {
    var opposite = x
    opposite.apply { -$0 }
    add(alpha, BlockPair(v: x, w: opposite))
  }

  /// Frobenius inner product over both halves.
  static func dot(_ a: BlockPair, _ b: BlockPair) -> S { LinearAlgebra.dot(a.both, b.both) }

  /// Frobenius norm over both halves.
  public var norm: S { both.norm }

  /// `self ← self + alpha·x`.
  mutating func add(_ alpha: S, _ x: BlockPair) { axpy(alpha, x.both, into: &both) }

  /// `self ← x + alpha·self`.
  mutating func scale(_ alpha: S, adding x: BlockPair) {
    both.combine(x.both) { old, x in x + alpha * old }
  }

  /// Same numbers in another precision.
  func converted<T: BLASScalar>(to type: T.Type = T.self) -> BlockPair<T> {
    BlockPair<T>(both: both.converted(to: type))
  }
}
