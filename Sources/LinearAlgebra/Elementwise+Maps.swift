/// Fewer elements than this are not worth a second thread: waking one takes some microseconds.
@usableFromInline let elementsPerThread = 32_768

extension Threads {
  /// Runs `body` on ranges of rows at the same time, when there are enough elements.
  static func concurrentRows(
    _ rows: Int, columns: Int, body: @Sendable (Range<Int>) -> Void
  ) {
    concurrentRanges(
      count: rows, minimum: max(1, elementsPerThread / max(columns, 1)), body: body)
  }
}

/// `x ← x·Φ(x)`, the exact GELU; absolute error at most 2.2e-7·max(|x|, 1e-3).
public func gelu(_ x: inout Matrix<Float>) {
  unsafe onParts(of: &x) { part in
    for i in part.indices { unsafe part[i] = part[i].gelu }
  }
}

/// `gelu` on `count` numbers, on the calling thread.
@unsafe public func unsafeGELU(_ x: UnsafeMutablePointer<Float>, count: Int) {
  for i in 0..<count { unsafe x[i] = x[i].gelu }
}

/// `x ← eˣ` for elements from -87.33 to 88.37, relative error at most 1.2e-7. Smaller elements give
/// 1.2e-38, larger ones are the caller's bug.
public func exponential(_ x: inout Matrix<Float>) {
  unsafe onParts(of: &x) { part in
    for i in part.indices { unsafe part[i] = part[i].exponential }
  }
}

/// `x ← x + bias` in every row: x `[m, n]`, bias of n elements.
public func addBias(_ bias: [Float], to x: inout Matrix<Float>) {
  unsafe onRows(of: &x, with: bias) { row, bias in
    for j in row.indices { unsafe row[j] += bias[j] }
  }
}

/// `x ← gelu(x + bias)` in every row: x `[m, n]`, bias of n elements.
public func addBiasGELU(_ bias: [Float], to x: inout Matrix<Float>) {
  unsafe onRows(of: &x, with: bias) { row, bias in
    for j in row.indices { unsafe row[j] = (row[j] + bias[j]).gelu }
  }
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

/// Runs `body` on contiguous parts of x at the same time. The loops are in the bodies, not here, so
/// that each is compiled to vector code of its own.
private func onParts(
  of x: inout Matrix<Float>, _ body: @Sendable (UnsafeMutableBufferPointer<Float>) -> Void
) {
  unsafe x.withUnsafeMutableElements { elements in
    nonisolated(unsafe) let elements = unsafe elements
    unsafe Threads.concurrentRanges(count: elements.count, minimum: elementsPerThread) { range in
      unsafe body(UnsafeMutableBufferPointer(rebasing: elements[range]))
    }
  }
}

/// Runs `body` on every row of x, together with `bias`, several rows at the same time.
private func onRows(
  of x: inout Matrix<Float>, with bias: [Float],
  _ body: @Sendable (UnsafeMutableBufferPointer<Float>, UnsafePointer<Float>) -> Void
) {
  let (rows, columns) = (x.rows, x.columns)
  precondition(bias.count == columns, "bias of \(bias.count) for \(x.shape)")
  unsafe bias.withUnsafeBufferPointer { bias in
    unsafe x.withUnsafeMutableElements { x in
      guard let bias0 = bias.baseAddress else { return }
      nonisolated(unsafe) let (elements, bias) = unsafe (x, bias0)
      Threads.concurrentRows(rows, columns: columns) { range in
        for row in range {
          let part = (row * columns)..<((row + 1) * columns)
          unsafe body(UnsafeMutableBufferPointer(rebasing: elements[part]), bias)
        }
      }
    }
  }
}
