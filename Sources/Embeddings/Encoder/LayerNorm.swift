import LinearAlgebra

/// `y = (x - mean)/√(variance + ε)·gamma + beta` over the components of each row.
/// Ba, Kiros & Hinton, "Layer normalization", arXiv:1607.06450, eq. 3.
struct LayerNorm: Sendable {
  /// `weight` of the checkpoint.
  let gamma: [Float]
  /// `bias` of the checkpoint.
  let beta: [Float]
  let epsilon: Float

  /// - Throws: `CheckpointError.tensors`.
  init(_ scope: Scope, width: Int, epsilon: Float = 1e-5) throws(CheckpointError) {
    gamma = try scope.floats("weight", shape: [width])
    beta = try scope.floats("bias", shape: [width])
    self.epsilon = epsilon
  }

  /// x and y `[n, width]`.
  func callAsFunction(_ x: Matrix<Float>, into y: inout Matrix<Float>) {
    layerNormRows(x, gamma: gamma, beta: beta, epsilon: epsilon, into: &y)
  }

  func callAsFunction(_ x: Matrix<Float>) -> Matrix<Float> {
    var y = Matrix<Float>(rows: x.rows, columns: x.columns)
    self(x, into: &y)
    return y
  }

  /// x `[n, width]`, in place.
  func normalise(_ x: inout Matrix<Float>) {
    layerNormRows(&x, gamma: gamma, beta: beta, epsilon: epsilon)
  }
}
