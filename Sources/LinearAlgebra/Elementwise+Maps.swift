/// Fewer elements than this are not worth a second thread: waking one takes some microseconds.
private let elementsPerThread = 32_768

extension Threads {
  /// Runs `body` on ranges of rows at the same time, when there are enough elements.
  static func concurrentRows(
    _ rows: Int, columns: Int, body: @Sendable (Range<Int>) -> Void
  ) {
    concurrentRanges(
      count: rows, minimum: max(1, elementsPerThread / max(columns, 1)), body: body)
  }
}

/// `x ← x·Φ(x)`, the exact GELU; absolute error at most 2.2e-7·|x|.
public func gelu(_ x: inout Matrix<Float>) {
  map(&x) { $0.gelu }
}

/// `x ← eˣ` for elements from -87.33 to 88.37, relative error at most 1.2e-7. Smaller elements give
/// 1.2e-38, larger ones are the caller's bug.
public func exponential(_ x: inout Matrix<Float>) {
  map(&x) { $0.exponential }
}

@inline(__always)
private func map(_ x: inout Matrix<Float>, _ transform: @Sendable (Float) -> Float) {
  unsafe x.withUnsafeMutableElements { elements in
    guard let base = elements.baseAddress else { return }
    nonisolated(unsafe) let start = unsafe base
    Threads.concurrentRanges(count: elements.count, minimum: elementsPerThread) { range in
      for i in range { unsafe start[i] = transform(start[i]) }
    }
  }
}

/// `x ← x + bias` in every row: x `[m, n]`, bias of n elements.
public func addBias(_ bias: [Float], to x: inout Matrix<Float>) {
  combineRows(bias, into: &x) { $0 + $1 }
}

/// `x ← gelu(x + bias)` in every row: x `[m, n]`, bias of n elements.
public func addBiasGELU(_ bias: [Float], to x: inout Matrix<Float>) {
  combineRows(bias, into: &x) { ($0 + $1).gelu }
}

/// `x ← x + y`, both of one shape.
public func add(_ y: Matrix<Float>, to x: inout Matrix<Float>) {
  precondition(x.shape == y.shape, "add: \(y.shape) to \(x.shape)")
  unsafe y.withUnsafeElements { y in
    unsafe x.withUnsafeMutableElements { x in
      guard let x0 = x.baseAddress, let y0 = y.baseAddress else { return }
      nonisolated(unsafe) let (target, source) = unsafe (x0, y0)
      Threads.concurrentRanges(count: x.count, minimum: elementsPerThread) { range in
        for i in range { unsafe target[i] += source[i] }
      }
    }
  }
}

@inline(__always)
private func combineRows(
  _ bias: [Float], into x: inout Matrix<Float>, _ combine: @Sendable (Float, Float) -> Float
) {
  let (rows, columns) = (x.rows, x.columns)
  precondition(bias.count == columns, "bias of \(bias.count) for \(x.shape)")
  unsafe bias.withUnsafeBufferPointer { bias in
    unsafe x.withUnsafeMutableElements { x in
      guard let x0 = x.baseAddress, let y0 = bias.baseAddress else { return }
      nonisolated(unsafe) let (target, source) = unsafe (x0, y0)
      Threads.concurrentRows(rows, columns: columns) { range in
        for row in range {
          let part = unsafe target + row * columns
          for j in 0..<columns { unsafe part[j] = combine(part[j], source[j]) }
        }
      }
    }
  }
}
