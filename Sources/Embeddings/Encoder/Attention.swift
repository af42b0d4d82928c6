import LinearAlgebra

/// Multi-head attention of a sequence to itself: `softmax(QKᵀ/√d_head)·V` by heads.
/// Vaswani et al., "Attention is all you need", arXiv:1706.03762, eq. 1.
struct Attention: Sendable {
  let qProj, kProj, vProj, outProj: Linear
  let heads: Int

  /// - Parameter keyBias: whether `k_proj` has a bias (Whisper: no; wav2vec2: yes).
  /// - Precondition: `width` is a multiple of `heads`.
  /// - Throws: `CheckpointError.tensors`.
  init(
    _ scope: Scope, width: Int, heads: Int, keyBias: Bool
  ) throws(CheckpointError) {
    precondition(heads > 0 && width % heads == 0, "\(heads) heads of width \(width)")
    qProj = try Linear(scope["q_proj"], from: width, to: width)
    kProj = try Linear(scope["k_proj"], from: width, to: width, bias: keyBias)
    vProj = try Linear(scope["v_proj"], from: width, to: width)
    outProj = try Linear(scope["out_proj"], from: width, to: width)
    self.heads = heads
  }

  /// The matrices between the steps, kept from layer to layer.
  struct Workspace: Sendable {
    /// Queries, keys and values side by side, `[T, 3·width]`.
    var projected: Matrix<Float>
    /// `[T, width]`.
    var context: Matrix<Float>

    init(rows: Int, width: Int) {
      projected = Matrix(rows: rows, columns: 3 * width)
      context = Matrix(rows: rows, columns: width)
    }
  }

  /// `sum ← sum + attention(x)`; x and sum `[T, width]`.
  func add(_ x: Matrix<Float>, to sum: inout Matrix<Float>, workspace: inout Workspace) {
    Linear.applyAll([qProj, kProj, vProj], x, into: &workspace.projected)
    attend(&workspace)
    outProj.add(workspace.context, to: &sum)
  }

  /// Rows of queries are split among the threads in such portions: a multiple of the six rows that
  /// `unsafeAttention` works on together.
  private static let portion = 24
  /// Every thread packs the keys and values of its heads anew: for fewer rows that is not worth it.
  private static let leastPortions = 3

  /// Portions of queries, head after head, are split evenly among the threads; a thread keeps one head's
  /// keys and values and a few rows of scores, so memory grows with T, not with T².
  private func attend(_ workspace: inout Workspace) {
    let (length, width) = (workspace.context.rows, workspace.context.columns)
    let (heads, size) = (heads, width / heads)
    let portions = (length + Self.portion - 1) / Self.portion
    let scale = 1 / Float(size).squareRoot()
    let stride = 3 * width
    unsafe workspace.projected.withUnsafeElements { projected in
      unsafe workspace.context.withUnsafeMutableElements { context in
        guard let q0 = projected.baseAddress, let c0 = context.baseAddress else { return }
        nonisolated(unsafe) let (q, k, v, context) = unsafe (q0, q0 + width, q0 + 2 * width, c0)
        Threads.concurrentRanges(count: heads * portions, minimum: Self.leastPortions) { range in
          var next = range.lowerBound
          while next < range.upperBound {
            let (head, portion) = next.quotientAndRemainder(dividingBy: portions)
            next = min(range.upperBound, (head + 1) * portions)
            let first = portion * Self.portion
            let count = min(length, (next - head * portions) * Self.portion) - first
            let column = head * size
            unsafe unsafeAttention(
              queries: q + first * stride + column, count: count, keys: k + column,
              values: v + column, length: length, size: size, stride: stride, scale: scale,
              into: context + first * width + column, outputStride: width)
          }
        }
      }
    }
  }
}
