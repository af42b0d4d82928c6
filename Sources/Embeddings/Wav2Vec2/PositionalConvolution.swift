import LinearAlgebra

/// `encoder.pos_conv_embed`: tells the layers where a frame stands, by a convolution over its
/// neighbourhood, in groups of channels, whose weight is normalised over each tap.
struct PositionalConvolution: Sendable {
  /// For each group of channels `[outputs, kernel·inputs]`, tap by tap.
  let groups: [Matrix<Float>]
  let bias: [Float]
  let width, kernel: Int

  /// Reads `conv.bias` and the weight `[width, width/groups, kernel]`: as length and direction
  /// (`weight_g`, `weight_v`, or `parametrizations.weight.original0` and `1`), or as it is (`weight`).
  /// - Throws: `CheckpointError.tensors`.
  init(
    _ scope: Scope, width: Int, kernel: Int, groups count: Int
  ) throws(CheckpointError) {
    let size = width / count
    let scope = scope["conv"]
    let weight = try Self.weight(scope, shape: [width, size, kernel])
    groups = (0..<count).map { group in
      Matrix(rows: size, columns: kernel * size) { output, column in
        let (tap, input) = column.quotientAndRemainder(dividingBy: size)
        return weight[((group * size + output) * size + input) * kernel + tap]
      }
    }
    bias = try scope.floats("bias", shape: [width])
    (self.width, self.kernel) = (width, kernel)
  }

  private static func weight(_ scope: Scope, shape: [Int]) throws(CheckpointError) -> [Float] {
    if scope.contains("weight") { return try scope.floats("weight", shape: shape) }
    let new = scope["parametrizations"]["weight"]
    let isNew = new.contains("original0") || new.contains("original1")
    let kernel = shape[2]
    let lengthShape = [1, 1, kernel]
    let lengths =
      try isNew
      ? new.floats("original0", shape: lengthShape) : scope.floats("weight_g", shape: lengthShape)
    var weight =
      try isNew
      ? new.floats("original1", shape: shape) : scope.floats("weight_v", shape: shape)
    var squares = [Double](repeating: 0, count: kernel)
    for (i, v) in weight.enumerated() { squares[i % kernel] += Double(v) * Double(v) }
    let factors = zip(lengths, squares).map { Double($0) / $1.squareRoot() }
    for i in weight.indices { weight[i] = Float(Double(weight[i]) * factors[i % kernel]) }
    return weight
  }

  /// Frames between two rows of one matrix product. Frames that far apart have windows of `step`
  /// taps that do not overlap, so that BLAS can take them where they lie as rows of a matrix; more
  /// would leave each product too few rows.
  private static let step = 8

  /// `x ← x + gelu(convolution(x))`, x `[T, width]`; frames beyond the ends are zero.
  func add(to x: inout Matrix<Float>) {
    let (rows, width, kernel) = (x.rows, width, kernel)
    precondition(x.columns == width, "positions of \(width) channels: x \(x.shape)")
    guard rows > 0 else { return }
    var y = Matrix<Float>(rows: rows, columns: width)
    let size = width / groups.count
    unsafe x.withUnsafeElements { x in
      unsafe y.withUnsafeMutableElements { y in
        guard let x0 = x.baseAddress, let y0 = y.baseAddress else { return }
        nonisolated(unsafe) let (x, y) = unsafe (x0, y0)
        Threads.concurrentRanges(count: groups.count) { range in
          // One group's channels with zeros around them: kernel/2 rows before, as many or, for an
          // even kernel, one less after.
          var padded = [Float](repeating: 0, count: (rows + kernel - 1) * size)
          unsafe padded.withUnsafeMutableBufferPointer { padded in
            guard let padded = padded.baseAddress else { return }
            let inside = unsafe padded + kernel / 2 * size
            for group in range {
              let column = group * size
              for row in 0..<rows {
                for j in 0..<size { unsafe inside[row * size + j] = x[row * width + column + j] }
              }
              unsafe convolve(padded, rows: rows, group: group, into: y + column)
            }
          }
        }
      }
    }
    addBiasGELU(bias, to: &y)
    LinearAlgebra.add(y, to: &x)
  }

  private func convolve(
    _ x: UnsafePointer<Float>, rows: Int, group: Int, into y: UnsafeMutablePointer<Float>
  ) {
    let (width, size, kernel, step) = (width, groups[group].rows, kernel, Self.step)
    unsafe groups[group].withUnsafeElements { weight in
      guard let weight = weight.baseAddress else { return }
      for phase in 0..<min(step, rows) {
        for tap in stride(from: 0, to: kernel, by: step) {
          unsafe unsafeGEMM(
            m: (rows - phase + step - 1) / step, n: size, k: min(step, kernel - tap) * size,
            a: x + (phase + tap) * size, lda: step * size, b: weight + tap * size,
            ldb: kernel * size, transposeB: true, beta: tap == 0 ? 0 : 1, c: y + phase * width,
            ldc: step * width)
        }
      }
    }
  }
}
