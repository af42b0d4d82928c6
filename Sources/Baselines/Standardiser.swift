import LinearAlgebra

/// Shifts and scales each column of the embeddings to mean 0 and variance 1 on the training rows, as
/// scikit-learn's `StandardScaler` does: the variance is divided by n, and a constant column is only
/// shifted.
struct Standardiser: Sendable, Equatable {
  /// Of each column, `[d]`.
  let mean, scale: [Float]

  init(mean: [Float], scale: [Float]) { (self.mean, self.scale) = (mean, scale) }

  /// From the rows of `x` `[n, d]`.
  init(_ x: Matrix<Float>) {
    var mean = [Double](repeating: 0, count: x.columns)
    var square = mean
    for i in 0..<x.rows {
      for (j, value) in x.row(i).enumerated() { mean[j] += Double(value) }
    }
    for j in mean.indices { mean[j] /= Double(max(x.rows, 1)) }
    for i in 0..<x.rows {
      for (j, value) in x.row(i).enumerated() {
        square[j] += (Double(value) - mean[j]) * (Double(value) - mean[j])
      }
    }
    self.mean = mean.map(Float.init)
    scale = zip(square, mean).map { square, mean in
      let deviation = (square / Double(max(x.rows, 1))).squareRoot()
      // What rounding leaves of a constant column is no scale.
      return deviation > 10 * Double(Float.ulpOfOne) * abs(mean) ? Float(deviation) : 1
    }
  }

  /// The rows of `x` `[n, d]`, standardised.
  func callAsFunction(_ x: Matrix<Float>) -> Matrix<Float> {
    precondition(x.columns == mean.count, "rows \(x.shape), \(mean.count) means")
    var result = x
    let columns = x.columns
    unsafe result.withUnsafeMutableElements { e in
      unsafe mean.withUnsafeBufferPointer { mean in
        unsafe scale.withUnsafeBufferPointer { scale in
          for i in 0..<x.rows {
            for j in 0..<columns {
              unsafe e[i * columns + j] = (e[i * columns + j] - mean[j]) / scale[j]
            }
          }
        }
      }
    }
    return result
  }
}
