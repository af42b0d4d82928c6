/// `x·y`.
public func dot<S: BLASScalar>(_ x: [S], _ y: [S]) -> S {
  precondition(x.count == y.count, "dot: \(x.count) and \(y.count) elements")
  FLOPCounter.add(2 * x.count)
  return unsafe x.withUnsafeBufferPointer { x in
    unsafe y.withUnsafeBufferPointer { y in
      unsafe S._dot(x.count, x.baseAddress, y.baseAddress)
    }
  }
}

/// `y ← alpha·x + y`.
public func axpy<S: BLASScalar>(_ alpha: S, _ x: Matrix<S>, into y: inout Matrix<S>) {
  precondition(x.shape == y.shape, "axpy: \(x.shape) and \(y.shape)")
  FLOPCounter.add(2 * x.count)
  unsafe x.withUnsafeElements { x in
    unsafe y.withUnsafeMutableElements { y in
      unsafe S._axpy(x.count, alpha, x.baseAddress, y.baseAddress)
    }
  }
}

extension Matrix {
  /// The Frobenius norm.
  public var norm: Scalar {
    FLOPCounter.add(2 * count)
    let squares = sumOfSquares()
    if squares.isFinite, squares > 1e-280 { return Scalar(squares.squareRoot()) }
    // Squares that leave float64's range: BLAS scales them.
    return unsafe withUnsafeElements { unsafe Scalar._nrm2($0.count, $0.baseAddress) }
  }

  /// In float64, in eight partial sums that go through vector registers; BLAS's norm does not.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func sumOfSquares() -> Double {
    unsafe withUnsafeElements { e in
      var lanes = SIMD8<Double>.zero
      let whole = e.count & ~7
      for i in stride(from: 0, to: whole, by: 8) {
        var x = SIMD8<Double>.zero
        for lane in 0..<8 { unsafe x[lane] = Double(e[i + lane]) }
        lanes += x * x
      }
      var sum = lanes.sum()
      for i in whole..<e.count {
        let x = unsafe Double(e[i])
        sum += x * x
      }
      return sum
    }
  }

  /// The first (row, column), row by row, that holds NaN or an infinity; nil where all are finite.
  public var firstNonFinite: (row: Int, column: Int)? { findNonFinite() }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func findNonFinite() -> (row: Int, column: Int)? {
    unsafe withUnsafeElements { e in
      // A sum is finite only if every term is; the search runs only when it is not.
      var i = 0
      while i < e.count {
        let end = min(i + 4096, e.count)
        var sum: Scalar = 0
        for j in i..<end { unsafe sum += e[j] * 0 }
        if !(sum == 0), let j = (i..<end).first(where: { unsafe !e[$0].isFinite }) {
          return (j / columns, j % columns)
        }
        i = end
      }
      return nil
    }
  }
}

extension Matrix {
  /// The column of the largest element of each row, the first of equals; `[rows]`.
  /// - Precondition: at least one column.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func argmaxOfRows() -> [Int] {
    precondition(columns > 0, "argmax of \(shape)")
    let columns = columns
    return unsafe withUnsafeElements { e in
      (0..<rows).map { i in
        var best = 0
        for j in 1..<columns {
          if unsafe e[i * columns + j] > e[i * columns + best] { best = j }
        }
        return best
      }
    }
  }
}
