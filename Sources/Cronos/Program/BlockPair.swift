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
  func difference() -> Matrix<S> {
    var difference = unsafe Matrix<S>(rows: rows, columns: columns, unwritten: ())
    subtractHalves(into: &difference)
    return difference
  }

  /// `difference ← v − w`, `[rows, C·P]`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func subtractHalves(into difference: inout Matrix<S>) {
    let half = columns
    precondition(
      difference.shape == [rows, half], "difference \(difference.shape) of \(both.shape)")
    unsafe difference.withUnsafeMutableElements { out in
      unsafe both.withUnsafeElements { e in
        for i in 0..<rows {
          let row = 2 * half * i
          for j in 0..<half { unsafe out[half * i + j] = e[row + j] - e[row + half + j] }
        }
      }
    }
  }

  /// `(v, w) ← scale·(v + w, v − w)`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func mixHalves(scale: S = 1) {
    let (rows, half) = (rows, columns)
    unsafe both.withUnsafeMutableElements { e in
      for i in 0..<rows {
        let row = 2 * half * i
        for j in row..<(row + half) {
          let (v, w) = unsafe (e[j], e[j + half])
          unsafe e[j] = scale * (v + w)
          unsafe e[j + half] = scale * (v - w)
        }
      }
    }
  }

  /// `half ← w`, `[rows, C·P]`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func copyW(into half: inout Matrix<S>) {
    let width = columns
    precondition(half.shape == [rows, width], "half \(half.shape) of \(both.shape)")
    unsafe half.withUnsafeMutableElements { out in
      unsafe both.withUnsafeElements { e in
        for i in 0..<rows {
          for j in 0..<width { unsafe out[i * width + j] = e[(2 * i + 1) * width + j] }
        }
      }
    }
  }

  /// `w ← half`, `[rows, C·P]`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func replaceW(by half: Matrix<S>) {
    let (rows, width) = (rows, columns)
    precondition(half.shape == [rows, width], "half \(half.shape) of \(both.shape)")
    unsafe both.withUnsafeMutableElements { e in
      unsafe half.withUnsafeElements { half in
        for i in 0..<rows {
          for j in 0..<width { unsafe e[(2 * i + 1) * width + j] = half[i * width + j] }
        }
      }
    }
  }

  /// `v ← v + alpha·x`, `w ← w − alpha·x`, x `[rows, C·P]`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func addOpposites(_ alpha: S, _ x: Matrix<S>) {
    let (rows, half) = (rows, columns)
    precondition(x.shape == [rows, half], "x \(x.shape) for \(both.shape)")
    unsafe both.withUnsafeMutableElements { e in
      unsafe x.withUnsafeElements { x in
        for i in 0..<rows {
          for j in 0..<half {
            let added = unsafe alpha * x[i * half + j]
            unsafe e[2 * i * half + j] += added
            unsafe e[(2 * i + 1) * half + j] -= added
          }
        }
      }
    }
  }

  /// Frobenius norm over both halves.
  public var norm: S { both.norm }

  /// `self ← self + alpha·x`.
  mutating func add(_ alpha: S, _ x: BlockPair) { axpy(alpha, x.both, into: &both) }

  /// Same numbers in another precision.
  func converted<T: BLASScalar>(to type: T.Type = T.self) -> BlockPair<T> {
    BlockPair<T>(both: both.converted(to: type))
  }
}

extension Matrix {
  /// Works on this `[rows, 2·C·P]` as the pair that it is, in place.
  mutating func withHalves<R>(_ body: (inout BlockPair<Scalar>) throws -> R) rethrows -> R {
    var pair = BlockPair<Scalar>(rows: 0, columns: 0)
    swap(&pair.both, &self)
    defer { swap(&pair.both, &self) }
    return try body(&pair)
  }
}
