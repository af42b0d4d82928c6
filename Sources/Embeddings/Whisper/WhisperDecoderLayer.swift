import LinearAlgebra

/// `model.decoder.layers.<i>`: attention to the tokens so far, attention to the clip, feed-forward.
struct WhisperDecoderLayer: Sendable {
  let selfAttn, encoderAttn: Attention
  let selfAttnLayerNorm, encoderAttnLayerNorm, finalLayerNorm: LayerNorm
  let fc1, fc2: Linear

  init(_ scope: Scope, _ config: WhisperConfig) throws(CheckpointError) {
    let (width, heads, hidden) = (config.width, config.decoderHeads, config.decoderHidden)
    selfAttn = try Attention(scope["self_attn"], width: width, heads: heads, keyBias: false)
    selfAttnLayerNorm = try LayerNorm(scope["self_attn_layer_norm"], width: width)
    encoderAttn = try Attention(scope["encoder_attn"], width: width, heads: heads, keyBias: false)
    encoderAttnLayerNorm = try LayerNorm(scope["encoder_attn_layer_norm"], width: width)
    fc1 = try Linear(scope["fc1"], from: width, to: hidden)
    fc2 = try Linear(scope["fc2"], from: hidden, to: width)
    finalLayerNorm = try LayerNorm(scope["final_layer_norm"], width: width)
  }

  /// `[tokens, width]`, in place; the tokens' keys and values join the cache.
  func callAsFunction(
    _ x: inout Matrix<Float>, _ memory: (keys: Matrix<Float>, values: Matrix<Float>),
    _ cache: inout TokenCache
  ) {
    let normed = selfAttnLayerNorm(x)
    let earlier = cache.length
    cache.append(keys: selfAttn.kProj(normed), values: selfAttn.vProj(normed))
    var context = Matrix<Float>(rows: x.rows, columns: x.columns)
    let queries = selfAttn.qProj(normed)
    unsafe cache.withUnsafeElements { keys, values in
      unsafe lookUp(
        queries, keys: keys, values: values, heads: selfAttn.heads, into: &context
      ) { earlier + $0 + 1 }  // a token sees itself and those before it
    }
    selfAttn.outProj.add(context, to: &x)

    let crossQueries = encoderAttn.qProj(encoderAttnLayerNorm(x))
    unsafe memory.keys.withUnsafeElements { keys in
      unsafe memory.values.withUnsafeElements { values in
        unsafe lookUp(
          crossQueries, keys: keys, values: values, heads: encoderAttn.heads, into: &context
        ) { _ in memory.keys.rows }
      }
    }
    encoderAttn.outProj.add(context, to: &x)

    var hidden = Matrix<Float>(rows: x.rows, columns: fc1.outputs)
    fc1.gelu(finalLayerNorm(x), into: &hidden)
    fc2.add(hidden, to: &x)
  }
}

/// The keys and values of the tokens so far, `[length, width]` each.
struct TokenCache: Sendable {
  private(set) var length = 0
  private var keys: [Float] = []
  private var values: [Float] = []

  mutating func append(keys k: Matrix<Float>, values v: Matrix<Float>) {
    unsafe k.withUnsafeElements { unsafe keys.append(contentsOf: $0) }
    unsafe v.withUnsafeElements { unsafe values.append(contentsOf: $0) }
    length += k.rows
  }

  func withUnsafeElements(
    _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
  ) {
    unsafe keys.withUnsafeBufferPointer { keys in
      unsafe values.withUnsafeBufferPointer { values in unsafe body(keys, values) }
    }
  }
}

/// Attention of a few queries: for query i and each head, `softmax(q·Kᵀ/√d_head)·V` over the first
/// `visible(i)` rows of keys and values. Heads are split among threads.
private func lookUp(
  _ queries: Matrix<Float>, keys: UnsafeBufferPointer<Float>, values: UnsafeBufferPointer<Float>,
  heads: Int, into context: inout Matrix<Float>, visible: @Sendable (Int) -> Int
) {
  let (rows, width) = (queries.rows, queries.columns)
  let size = width / heads
  let longest = keys.count / width
  let scale = 1 / Float(size).squareRoot()
  unsafe queries.withUnsafeElements { q in
    unsafe context.withUnsafeMutableElements { c in
      guard let q0 = q.baseAddress, let k0 = keys.baseAddress, let v0 = values.baseAddress,
        let c0 = c.baseAddress
      else { return }
      nonisolated(unsafe) let (q, k, v, c) = unsafe (q0, k0, v0, c0)
      // A head of a short cache is done sooner than a thread wakes up.
      let minimum = max(1, 100_000 / (longest * size * rows))
      Threads.concurrentRanges(count: heads, minimum: minimum) { range in
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: longest + 1) {
          guard let scores = $0.baseAddress else { return }
          let sum = unsafe scores + longest
          for head in range {
            for row in 0..<rows {
              let (length, start) = (visible(row), row * width + head * size)
              unsafe unsafeGEMV(
                m: length, n: size, a: k + head * size, lda: width, x: q + start, y: scores)
              unsafe unsafeExponentialRows(
                scores, rows: 1, columns: length, stride: length, scale: scale, sums: sum)
              unsafe unsafeGEMV(
                m: length, n: size, alpha: 1 / sum.pointee, a: v + head * size, lda: width,
                transposeA: true, x: scores, y: c + start)
            }
          }
        }
      }
    }
  }
}
