import LinearAlgebra

/// `y = x·Wᵀ + b`: x `[n, inputs]`, y `[n, outputs]`.
///
/// The work is split among threads here, by rows or, for few rows, by outputs; run it inside
/// `Threads.withSerialBLAS`, so that BLAS does not split it again.
struct Linear: Sendable {
  /// `[outputs, inputs]`, as the checkpoint has it.
  let weight: Matrix<Float>
  let bias: [Float]?

  var inputs: Int { weight.columns }
  var outputs: Int { weight.rows }

  /// Reads `weight` and, unless told otherwise, `bias`.
  /// - Throws: `CheckpointError.tensors`.
  init(
    _ scope: Scope, from inputs: Int, to outputs: Int, bias: Bool = true
  ) throws(CheckpointError) {
    weight = try scope.matrix("weight", rows: outputs, columns: inputs)
    self.bias = bias ? try scope.floats("bias", shape: [outputs]) : nil
  }

  init(weight: Matrix<Float>, bias: [Float]?) {
    (self.weight, self.bias) = (weight, bias)
  }

  func callAsFunction(_ x: Matrix<Float>) -> Matrix<Float> {
    var y = Matrix<Float>(rows: x.rows, columns: outputs)
    self(x, into: &y)
    return y
  }

  /// - Precondition: y is `[x.rows, outputs]`.
  func callAsFunction(_ x: Matrix<Float>, into y: inout Matrix<Float>) {
    multiply(x, into: &y, adding: false)
    if let bias { addBias(bias, to: &y) }
  }

  /// `y ← gelu(x·Wᵀ + b)`.
  func gelu(_ x: Matrix<Float>, into y: inout Matrix<Float>) {
    multiply(x, into: &y, adding: false)
    if let bias { addBiasGELU(bias, to: &y) } else { LinearAlgebra.gelu(&y) }
  }

  /// `y ← y + x·Wᵀ + b`.
  func add(_ x: Matrix<Float>, to y: inout Matrix<Float>) {
    multiply(x, into: &y, adding: true)
    if let bias { addBias(bias, to: &y) }
  }

  /// Up to this many rows, each row is a matrix-vector product: packing the weights for a
  /// matrix product would cost more than reading them again from the cache.
  private static let fewRows = 8

  private func multiply(_ x: Matrix<Float>, into y: inout Matrix<Float>, adding: Bool) {
    let (rows, inputs, outputs) = (x.rows, inputs, outputs)
    precondition(
      x.columns == inputs && y.rows == rows && y.columns == outputs,
      "linear \(weight.shape): x \(x.shape), y \(y.shape)")
    let beta: Float = adding ? 1 : 0
    unsafe weight.withUnsafeElements { w in
      unsafe x.withUnsafeElements { x in
        unsafe y.withUnsafeMutableElements { y in
          guard let x0 = x.baseAddress, let y0 = y.baseAddress, let w0 = w.baseAddress else {
            return
          }
          nonisolated(unsafe) let (x, y, w) = unsafe (x0, y0, w0)
          if rows <= Self.fewRows {
            Threads.concurrentRanges(count: outputs, minimum: 65_536 / inputs + 1) { range in
              for row in 0..<rows {
                unsafe unsafeGEMV(
                  m: range.count, n: inputs, a: w + range.lowerBound * inputs, lda: inputs,
                  x: x + row * inputs, beta: beta, y: y + row * outputs + range.lowerBound)
              }
            }
          } else {
            Threads.concurrentRanges(count: rows, minimum: 32) { range in
              unsafe unsafeGEMM(
                m: range.count, n: outputs, k: inputs, a: x + range.lowerBound * inputs,
                lda: inputs, b: w, ldb: inputs, transposeB: true, beta: beta,
                c: y + range.lowerBound * outputs, ldc: outputs)
            }
          }
        }
      }
    }
  }
}
