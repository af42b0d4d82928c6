import LinearAlgebra

/// A convolution over time, frames in rows: `y[t] = b + Σⱼ W[j]·x[t·stride + j]`.
///
/// Each of the kernel's taps is one matrix product on the frames where they lie (their row stride
/// is `stride` frames), added up in y; nothing is unfolded. Run it inside `Threads.withSerialBLAS`.
struct Convolution: Sendable {
  /// One `[outputs, inputs]` matrix a tap.
  let taps: [Matrix<Float>]
  let bias: [Float]
  let inputs, outputs, stride: Int

  /// Reads `weight` `[outputs, inputs, kernel]` and `bias`.
  /// - Throws: `CheckpointError.tensors`.
  init(
    _ scope: Scope, from inputs: Int, to outputs: Int, kernel: Int, stride: Int
  ) throws(CheckpointError) {
    let weight = try scope.floats("weight", shape: [outputs, inputs, kernel])
    taps = (0..<kernel).map { tap in
      Matrix(rows: outputs, columns: inputs) { weight[($0 * inputs + $1) * kernel + tap] }
    }
    bias = try scope.floats("bias", shape: [outputs])
    (self.inputs, self.outputs, self.stride) = (inputs, outputs, stride)
  }

  /// `[frames, inputs]` → `[frames', outputs]` with `frames' = (frames - kernel)/stride + 1`, zero
  /// if there are fewer frames than the kernel is long. What padding is wanted, x contains.
  ///
  /// - Parameter margin: rows of zeros to put before and after the result: the next layer's padding.
  func callAsFunction(_ x: Matrix<Float>, margin: Int = 0) -> Matrix<Float> {
    precondition(x.columns == inputs, "convolution of \(inputs) channels: x \(x.shape)")
    let frames = x.rows < taps.count ? 0 : (x.rows - taps.count) / stride + 1
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
          for (tap, weight) in taps.enumerated() {
            unsafe weight.withUnsafeElements { weight in
              unsafe unsafeGEMM(
                m: range.count, n: outputs, k: inputs,
                a: x + (range.lowerBound * stride + tap) * inputs, lda: stride * inputs,
                b: weight.baseAddress, ldb: inputs, transposeB: true, beta: 1, c: target,
                ldc: outputs)
            }
          }
        }
      }
    }
    return y
  }
}
