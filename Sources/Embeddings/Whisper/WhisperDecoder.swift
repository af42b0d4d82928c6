import LinearAlgebra

/// `model.decoder` and the output matrix.
struct WhisperDecoder: Sendable {
  /// `[vocabularySize, width]`.
  let embedTokens: Matrix<Float>
  /// `[targetPositions, width]`.
  let embedPositions: Matrix<Float>
  let layers: [WhisperDecoderLayer]
  let layerNorm: LayerNorm
  /// Hidden state → logits; the token embedding itself when tied.
  let output: Linear

  init(_ scope: Scope, output head: Scope, _ config: WhisperConfig) throws(CheckpointError) {
    let (width, vocabulary) = (config.width, config.vocabularySize)
    embedTokens = try scope["embed_tokens"].matrix("weight", rows: vocabulary, columns: width)
    embedPositions = try scope["embed_positions"].matrix(
      "weight", rows: config.targetPositions, columns: width)
    var layers: [WhisperDecoderLayer] = []
    for i in 0..<config.decoderLayers {
      layers.append(try WhisperDecoderLayer(scope["layers"][i], config))
    }
    self.layers = layers
    layerNorm = try LayerNorm(scope["layer_norm"], width: width)
    output =
      config.isTied
      ? Linear(weight: embedTokens, bias: nil)
      : try Linear(head, from: width, to: vocabulary, bias: false)
  }

  /// What the layers look up of a clip: keys and values of its encoder frames, `[T, width]` each.
  struct Memory: Sendable {
    let layers: [(keys: Matrix<Float>, values: Matrix<Float>)]
  }

  func memory(of frames: Matrix<Float>) -> Memory {
    Memory(
      layers: layers.map {
        ($0.encoderAttn.kProj(frames), $0.encoderAttn.vProj(frames))
      })
  }

  /// Keys and values of the tokens so far, a row a token, for each layer.
  struct Cache: Sendable {
    fileprivate(set) var length = 0
    fileprivate var layers: [TokenCache]
  }

  func emptyCache() -> Cache {
    Cache(layers: layers.map { _ in TokenCache() })
  }

  /// Takes in `tokens` after those in the cache; the last one's hidden state, `[1, width]`.
  /// - Precondition: at least one token, all in the vocabulary, and positions left for them.
  func state(after tokens: [Int], memory: Memory, cache: inout Cache) -> Matrix<Float> {
    precondition(
      !tokens.isEmpty && cache.length + tokens.count <= embedPositions.rows,
      "\(tokens.count) tokens after \(cache.length) of \(embedPositions.rows)")
    var x = embedTokens.selectingRows(tokens)
    add(
      embedPositions.selectingRows(cache.length..<(cache.length + tokens.count)), to: &x)
    for (i, layer) in layers.enumerated() {
      layer(&x, memory.layers[i], &cache.layers[i])
    }
    cache.length += tokens.count
    let last = Matrix(rows: 1, columns: x.columns, x.row(x.rows - 1))
    return layerNorm(last)
  }

  /// How likely each token is after a hidden state, `[1, width]`: unnormalised logits.
  func logits(_ state: Matrix<Float>) -> [Float] { output(state).elements }

  /// The same for a few tokens, in their order.
  func logits(_ state: Matrix<Float>, of tokens: [Int]) -> [Float] {
    Linear(weight: output.weight.selectingRows(tokens), bias: nil)(state).elements
  }
}
