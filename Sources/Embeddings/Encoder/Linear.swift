import LinearAlgebra

/// `y = x·Wᵀ + b`: x `[n, inputs]`, y `[n, outputs]`.
///
/// The work is split among threads here; run it inside `Threads.withSerialBLAS`, so that BLAS does
/// not split it again.
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
    Self.apply([self], x, .write, to: &y)
  }

  /// `y ← gelu(x·Wᵀ + b)`, `gelu(x) = x·Φ(x)`: Hendrycks & Gimpel, arXiv:1606.08415.
  func gelu(_ x: Matrix<Float>, into y: inout Matrix<Float>) {
    Self.apply([self], x, .writeGELU, to: &y)
  }

  /// `y ← y + x·Wᵀ + b`.
  func add(_ x: Matrix<Float>, to y: inout Matrix<Float>) {
    Self.apply([self], x, .add, to: &y)
  }

  /// Several layers of one shape at once, their results side by side: y
  /// `[x.rows, layers.count·outputs]`.
  static func applyAll(_ layers: [Linear], _ x: Matrix<Float>, into y: inout Matrix<Float>) {
    apply(layers, x, .write, to: &y)
  }

  /// What becomes of y.
  private enum Effect { case write, writeGELU, add }

  /// Up to this many rows, each row is a matrix-vector product: packing the weights for a
  /// matrix product would cost more than reading them again from the cache.
  private static let fewRows = 8

  private static func apply(
    _ layers: [Linear], _ x: Matrix<Float>, _ effect: Effect, to y: inout Matrix<Float>
  ) {
    guard let first = layers.first else { return }
    let (rows, inputs, outputs) = (x.rows, first.inputs, first.outputs)
    let columns = layers.count * outputs
    precondition(
      layers.allSatisfy { $0.weight.shape == first.weight.shape } && x.columns == inputs
        && y.shape == [rows, columns],
      "linear \(layers.map(\.weight.shape)): x \(x.shape), y \(y.shape)")
    unsafe x.withUnsafeElements { x in
      unsafe y.withUnsafeMutableElements { y in
        guard let x0 = x.baseAddress, let y0 = y.baseAddress else { return }
        nonisolated(unsafe) let (x, y) = unsafe (x0, y0)
        @Sendable func part(rows: Range<Int>, columns part: Range<Int>) {
          for (i, layer) in layers.enumerated() {
            let own = part.clamped(to: i * outputs..<(i + 1) * outputs)
            guard !own.isEmpty else { continue }
            unsafe layer.apply(
              x + rows.lowerBound * inputs, rows: rows.count,
              outputs: own.lowerBound - i * outputs..<own.upperBound - i * outputs, effect,
              to: y + rows.lowerBound * columns + own.lowerBound, stride: columns)
          }
        }
        // BLAS packs what it multiplies. Each thread packs its part of one side and all of the other,
        // so the longer side is the one to split.
        if rows < columns {
          let minimum = rows <= fewRows ? 65_536 / inputs + 1 : 32
          Threads.concurrentRanges(count: columns, minimum: minimum) {
            part(rows: 0..<rows, columns: $0)
          }
        } else {
          Threads.concurrentRanges(count: rows, minimum: 32) {
            part(rows: $0, columns: 0..<columns)
          }
        }
      }
    }
  }

  /// The outputs in `range` for x `[rows, inputs]`, on the calling thread; y has a row stride.
  private func apply(
    _ x: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, _ effect: Effect,
    to y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let (inputs, count) = (inputs, range.count)
    if let bias {
      unsafe bias.withUnsafeBufferPointer { bias in
        guard let bias = unsafe bias.baseAddress.map({ unsafe $0 + range.lowerBound }) else {
          return
        }
        for row in 0..<rows {
          let y = unsafe y + row * stride
          if effect == .add {
            for j in 0..<count { unsafe y[j] += bias[j] }
          } else {
            for j in 0..<count { unsafe y[j] = bias[j] }
          }
        }
      }
    }
    let beta: Float = bias == nil && effect != .add ? 0 : 1
    unsafe weight.withUnsafeElements { weight in
      guard let w = unsafe weight.baseAddress.map({ unsafe $0 + range.lowerBound * inputs }) else {
        return
      }
      if rows <= Self.fewRows {
        for row in 0..<rows {
          unsafe unsafeGEMV(
            m: count, n: inputs, a: w, lda: inputs, x: x + row * inputs, beta: beta,
            y: y + row * stride)
        }
      } else {
        unsafe unsafeGEMM(
          m: rows, n: count, k: inputs, a: x, lda: inputs, b: w, ldb: inputs, transposeB: true,
          beta: beta, c: y, ldc: stride)
      }
    }
    guard effect == .writeGELU else { return }
    for row in 0..<rows { unsafe unsafeGELU(y + row * stride, count: count) }
  }
}
