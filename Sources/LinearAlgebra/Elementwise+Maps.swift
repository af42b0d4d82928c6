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

/// `x ← x·Φ(x)`, the exact GELU; absolute error at most 2.2e-7·|x|, see `Lanes.gelu`.
public func gelu(_ x: inout Matrix<Float>) {
  map(&x) { $0.gelu }
}

/// `x ← eˣ` for elements from -87.33 to 88.37, relative error at most 1.2e-7. Smaller elements give
/// 1.2e-38, larger ones are the caller's bug.
public func exponential(_ x: inout Matrix<Float>) {
  map(&x) { $0.exponential }
}

private func map(_ x: inout Matrix<Float>, _ transform: @Sendable (Lanes) -> Lanes) {
  unsafe x.withUnsafeMutableElements { elements in
    guard let base = elements.baseAddress else { return }
    nonisolated(unsafe) let start = unsafe base
    Threads.concurrentRanges(count: elements.count, minimum: elementsPerThread) { range in
      let part = unsafe start + range.lowerBound
      unsafe mapLanes(part, into: part, count: range.count, transform)
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
        let (to, from) = unsafe (target + range.lowerBound, source + range.lowerBound)
        unsafe combineLanes(from, into: to, count: range.count) { $0 + $1 }
      }
    }
  }
}

private func combineRows(
  _ bias: [Float], into x: inout Matrix<Float>, _ combine: @Sendable (Lanes, Lanes) -> Lanes
) {
  let (rows, columns) = (x.rows, x.columns)
  precondition(bias.count == columns, "bias of \(bias.count) for \(x.shape)")
  unsafe bias.withUnsafeBufferPointer { bias in
    unsafe x.withUnsafeMutableElements { x in
      guard let x0 = x.baseAddress, let y0 = bias.baseAddress else { return }
      nonisolated(unsafe) let (target, source) = unsafe (x0, y0)
      Threads.concurrentRows(rows, columns: columns) { range in
        for row in range {
          unsafe combineLanes(source, into: target + row * columns, count: columns, combine)
        }
      }
    }
  }
}

/// `target ← combine(target, source)`, eight at a time; what remains is filled up with zeros.
@inline(__always)
private func combineLanes(
  _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int,
  _ combine: (Lanes, Lanes) -> Lanes
) {
  var i = 0
  while i + 8 <= count {
    let result = unsafe combine(lanes(target, i), lanes(source, i))
    unsafe UnsafeMutableRawPointer(target + i).storeBytes(of: result, as: Lanes.self)
    i += 8
  }
  guard i < count else { return }
  var (a, b) = (Lanes(), Lanes())
  for j in 0..<(count - i) {
    unsafe a[j] = target[i + j]
    unsafe b[j] = source[i + j]
  }
  let result = combine(a, b)
  for j in 0..<(count - i) { unsafe target[i + j] = result[j] }
}
