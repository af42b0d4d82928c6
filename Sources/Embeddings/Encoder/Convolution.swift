import LinearAlgebra

/// A convolution over time, frames in rows: `y[t] = b + Σⱼ W[j]·x[t·stride + j]`.
///
/// Each block of up to `stride` taps is one matrix product on the frames where they lie (their row
/// stride is `stride` frames), added up in y; nothing is unfolded. Run it inside
/// `Threads.withSerialBLAS`.
struct Convolution: Sendable {
  /// One `[outputs, taps·inputs]` matrix for each block of `stride` taps, fewer in the last.
  let blocks: [Matrix<Float>]
  let bias: [Float]
  let inputs, outputs, kernel, stride: Int

  /// Reads `weight` `[outputs, inputs, kernel]` and, unless told otherwise, `bias`.
  /// - Throws: `CheckpointError.tensors`.
  init(
    _ scope: Scope, from inputs: Int, to outputs: Int, kernel: Int, stride: Int, bias: Bool = true
  ) throws(CheckpointError) {
    let weight = try scope.floats("weight", shape: [outputs, inputs, kernel])
    blocks = Swift.stride(from: 0, to: kernel, by: stride).map { first in
      Matrix(rows: outputs, columns: min(stride, kernel - first) * inputs) { output, column in
        let (tap, input) = column.quotientAndRemainder(dividingBy: inputs)
        return weight[(output * inputs + input) * kernel + first + tap]
      }
    }
    self.bias =
      try bias
      ? scope.floats("bias", shape: [outputs]) : [Float](repeating: 0, count: outputs)
    (self.inputs, self.outputs, self.kernel, self.stride) = (inputs, outputs, kernel, stride)
  }

  /// `[frames, inputs]` → `[frames', outputs]` with `frames' = (frames - kernel)/stride + 1`, zero
  /// if there are fewer frames than the kernel is long. What padding is wanted, x contains.
  ///
  /// - Parameter margin: rows of zeros to put before and after the result: the next layer's padding.
  func callAsFunction(_ x: Matrix<Float>, margin: Int = 0) -> Matrix<Float> {
    precondition(x.columns == inputs, "convolution of \(inputs) channels: x \(x.shape)")
    let frames = x.rows < kernel ? 0 : (x.rows - kernel) / stride + 1
    let (inputs, outputs, stride) = (inputs, outputs, stride)
    var y = Matrix<Float>(rows: frames + 2 * margin, columns: outputs)
    unsafe x.withUnsafeElements { x in
      unsafe y.withUnsafeMutableElements { y in
        guard frames > 0, let x0 = x.baseAddress, let y0 = y.baseAddress else { return }
        nonisolated(unsafe) let (x, y) = unsafe (x0, y0 + margin * outputs)
        Threads.concurrentRanges(count: frames, minimum: 32) { range in
          let target = unsafe y + range.lowerBound * outputs
          unsafe bias.withUnsafeBufferPointer { bias in
            for row in 0..<range.count {
              for j in 0..<outputs { unsafe target[row * outputs + j] = bias[j] }
            }
          }
          for (block, weight) in blocks.enumerated() {
            let depth = weight.columns
            unsafe weight.withUnsafeElements { weight in
              unsafe unsafeGEMM(
                m: range.count, n: outputs, k: depth,
                a: x + (range.lowerBound + block) * stride * inputs, lda: stride * inputs,
                b: weight.baseAddress, ldb: depth, transposeB: true, beta: 1, c: target,
                ldc: outputs)
            }
          }
        }
      }
    }
    return y
  }
}
