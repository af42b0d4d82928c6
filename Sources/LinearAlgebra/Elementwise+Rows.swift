/// `x ← softmax(scale·x)` in every row. With `causalLength`, row i keeps its first
/// `causalLength + i` columns and the others become 0.
/// - Precondition: `scale > 0`.
public func softmaxRows(
  _ x: inout Matrix<Float>, scale: Float = 1, causalLength: Int? = nil
) {
  let (rows, columns) = (x.rows, x.columns)
  unsafe x.withUnsafeMutableElements { x in
    guard let base = x.baseAddress else { return }
    nonisolated(unsafe) let start = unsafe base
    Threads.concurrentRows(rows, columns: columns) { range in
      for i in range {
        let row = unsafe start + i * columns
        let kept = min(columns, causalLength.map { max(0, $0 + i) } ?? columns)
        let sum = unsafe exponentialRow(row, count: kept, scale: scale)
        let factor = 1 / sum
        for j in 0..<kept { unsafe row[j] *= factor }
        for j in kept..<columns { unsafe row[j] = 0 }
      }
    }
  }
}

/// `x ← exp(scale·(x - largest x of the row))` in every row of a block `[rows, columns]` with row
/// stride `stride`; `sums` receives the rows' sums. Dividing by them gives the softmax; where the
/// rows are multiplied into something narrower, it is cheaper to divide that.
///
/// Relative error of an element: 1.2e-7 + |scale·(x - largest)|·6e-8. Exponents under -87.3 give
/// 1.2e-38 for 0. A row with NaN or +∞ has the sum NaN.
/// - Precondition: `scale > 0`; the buffers hold the block and the sums.
@unsafe public func unsafeExponentialRows(
  _ x: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, scale: Float,
  sums: UnsafeMutablePointer<Float>
) {
  precondition(scale > 0 && stride >= columns, "scale \(scale), stride \(stride)")
  for i in 0..<rows {
    unsafe sums[i] = exponentialRow(x + i * stride, count: columns, scale: scale)
  }
}

/// One row of `unsafeExponentialRows`; returns the sum, 0 for an empty row.
@inline(__always)
private func exponentialRow(
  _ row: UnsafeMutablePointer<Float>, count: Int, scale: Float
) -> Float {
  var (a, b) = (Lanes(repeating: -.infinity), Lanes(repeating: -.infinity))
  var i = 0
  while i + 16 <= count {
    a = unsafe a.larger(lanes(row, i))
    b = unsafe b.larger(lanes(row, i + 8))
    i += 16
  }
  a = a.larger(b)
  var largest = -Float.infinity
  for lane in 0..<8 { largest = max(largest, a[lane]) }
  while i < count {
    unsafe largest = max(largest, row[i])
    i += 1
  }

  for j in 0..<count { unsafe row[j] = ((row[j] - largest) * scale).exponential }

  var (c, d) = (Lanes(), Lanes())
  i = 0
  while i + 16 <= count {
    unsafe c += lanes(row, i)
    unsafe d += lanes(row, i + 8)
    i += 16
  }
  var sum = (c + d).total
  while i < count {
    unsafe sum += row[i]
    i += 1
  }
  return sum
}

/// `y ← (x - mean)/√(variance + epsilon)·gamma + beta` in every row: x and y `[m, n]`, gamma and
/// beta of n elements; the variance is the population's, from the differences to the mean.
public func layerNormRows(
  _ x: Matrix<Float>, gamma: [Float], beta: [Float], epsilon: Float, into y: inout Matrix<Float>
) {
  let (rows, columns) = (x.rows, x.columns)
  precondition(
    gamma.count == columns && beta.count == columns && y.shape == x.shape,
    "layer norm: x \(x.shape), y \(y.shape), gamma \(gamma.count), beta \(beta.count)")
  unsafe x.withUnsafeElements { x in
    unsafe y.withUnsafeMutableElements { y in
      unsafe gamma.withUnsafeBufferPointer { gamma in
        unsafe beta.withUnsafeBufferPointer { beta in
          guard let x = x.baseAddress, let y = y.baseAddress, let gamma = gamma.baseAddress,
            let beta = beta.baseAddress
          else { return }
          nonisolated(unsafe) let (source, target) = unsafe (x, y)
          nonisolated(unsafe) let (scale, shift) = unsafe (gamma, beta)
          Threads.concurrentRows(rows, columns: columns) { range in
            for row in range {
              unsafe normaliseRow(
                source + row * columns, into: target + row * columns, count: columns,
                gamma: scale, beta: shift, epsilon: epsilon)
            }
          }
        }
      }
    }
  }
}

/// The same in place.
public func layerNormRows(
  _ x: inout Matrix<Float>, gamma: [Float], beta: [Float], epsilon: Float
) {
  let (rows, columns) = (x.rows, x.columns)
  precondition(
    gamma.count == columns && beta.count == columns,
    "layer norm: x \(x.shape), gamma \(gamma.count), beta \(beta.count)")
  unsafe x.withUnsafeMutableElements { x in
    unsafe gamma.withUnsafeBufferPointer { gamma in
      unsafe beta.withUnsafeBufferPointer { beta in
        guard let x = x.baseAddress, let gamma = gamma.baseAddress, let beta = beta.baseAddress
        else { return }
        nonisolated(unsafe) let (start, scale, shift) = unsafe (x, gamma, beta)
        Threads.concurrentRows(rows, columns: columns) { range in
          for row in range {
            let part = unsafe start + row * columns
            unsafe normaliseRow(
              part, into: part, count: columns, gamma: scale, beta: shift, epsilon: epsilon)
          }
        }
      }
    }
  }
}

@inline(__always)
private func normaliseRow(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int,
  gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, epsilon: Float
) {
  let whole = count & ~7
  var sums = Lanes()
  for i in stride(from: 0, to: whole, by: 8) { unsafe sums += lanes(x, i) }
  var sum = sums.total
  for i in whole..<count { unsafe sum += x[i] }
  let mean = sum / Float(count)

  var squares = Lanes()
  for i in stride(from: 0, to: whole, by: 8) {
    let d = unsafe lanes(x, i) - mean
    squares += d * d
  }
  var square = squares.total
  for i in whole..<count {
    let d = unsafe x[i] - mean
    square += d * d
  }
  let factor = 1 / (square / Float(count) + epsilon).squareRoot()

  for i in 0..<count { unsafe y[i] = (x[i] - mean) * factor * gamma[i] + beta[i] }
}
