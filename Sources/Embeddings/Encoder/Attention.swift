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

  /// The most rows of scores that a thread holds at a time. BLAS packs all keys and values anew for
  /// every block, so that small blocks cost time; large ones leave the second-level cache.
  private static let largestBlock = 256

  /// Blocks of (head, rows of queries) are split among the threads; a thread keeps one block of
  /// scores, so memory grows with T, not with T².
  private func attend(_ workspace: inout Workspace) {
    let (length, width) = (workspace.context.rows, workspace.context.columns)
    guard length > 0 else { return }
    let (heads, size) = (heads, width / heads)
    let blocks = (length + Self.largestBlock - 1) / Self.largestBlock
    let block = (length + blocks - 1) / blocks
    let scale = 1 / Float(size).squareRoot()
    let stride = 3 * width
    unsafe workspace.projected.withUnsafeElements { projected in
      unsafe workspace.context.withUnsafeMutableElements { context in
        guard let q0 = projected.baseAddress, let c0 = context.baseAddress else { return }
        nonisolated(unsafe) let (q, k, v, context) = unsafe (q0, q0 + width, q0 + 2 * width, c0)
        Threads.concurrentRanges(count: heads * blocks) { range in
          unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: block * (length + 1)) {
            guard let scores = $0.baseAddress else { return }
            let sums = unsafe scores + block * length
            for task in range {
              let column = task / blocks * size
              let first = task % blocks * block
              let rows = min(block, length - first)
              let target = unsafe context + first * width + column
              unsafe unsafeGEMM(
                m: rows, n: length, k: size, a: q + first * stride + column, lda: stride,
                b: k + column, ldb: stride, transposeB: true, c: scores, ldc: length)
              unsafe unsafeExponentialRows(
                scores, rows: rows, columns: length, stride: length, scale: scale, sums: sums)
              unsafe unsafeGEMM(
                m: rows, n: size, k: length, a: scores, lda: length, b: v + column, ldb: stride,
                c: target, ldc: width)
              // The softmax's division, on `size` columns instead of `length`.
              for i in 0..<rows {
                let factor = unsafe 1 / sums[i]
                let row = unsafe target + i * width
                for j in 0..<size { unsafe row[j] *= factor }
              }
            }
          }
        }
      }
    }
  }
}
