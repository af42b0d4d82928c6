import LinearAlgebra

/// `feature_extractor`: convolutions that turn samples into frames, 50 a second.
struct Wav2Vec2FeatureExtractor: Sendable {
  let layers: [Layer]

  /// `conv_layers.<i>`: a convolution, a norm, GELU.
  struct Layer: Sendable {
    let conv: Convolution
    let norm: Norm

    enum Norm: Sendable {
      case none
      case channels(ChannelNorm)
      case frames(LayerNorm)
    }

    /// Whether a frame of the output depends on the whole clip.
    var seesAllFrames: Bool {
      if case .channels = norm { true } else { false }
    }

    /// `[frames, channels]` in and out.
    func callAsFunction(_ x: Matrix<Float>) -> Matrix<Float> {
      var y = conv(x)
      switch norm {
      case .none: break
      case .channels(let norm): norm.normalise(&y)
      case .frames(let norm): norm.normalise(&y)
      }
      gelu(&y)
      return y
    }
  }

  init(_ scope: Scope, _ config: Wav2Vec2Config) throws(CheckpointError) {
    var layers: [Layer] = []
    var inputs = 1
    for (i, outputs) in config.convolutionWidths.enumerated() {
      let scope = scope["conv_layers"][i]
      let conv = try Convolution(
        scope["conv"], from: inputs, to: outputs, kernel: config.convolutionKernels[i],
        stride: config.convolutionStrides[i], bias: config.hasConvolutionBias)
      let norm: Layer.Norm
      switch config.featureNorm {
      case .layer: norm = .frames(try LayerNorm(scope["layer_norm"], width: outputs))
      case .group where i == 0:
        norm = .channels(try ChannelNorm(scope["layer_norm"], width: outputs))
      case .group: norm = .none
      }
      layers.append(Layer(conv: conv, norm: norm))
      inputs = outputs
    }
    self.layers = layers
  }

  /// Frames of a tile. The first layer's output for one is 4 MB, so that it stays in a cache from one
  /// step to the next; for all of a clip of 30 s it is 200 MB. What two tiles share (79 - 64 of 2,048
  /// frames of the first layer) is computed twice.
  private static let tile = 32

  /// Samples to features `[T, channels]`; T is 0 for fewer samples than the receptive field.
  ///
  /// Tiles of frames are split among threads; a tile's numbers do not depend on which has it.
  func callAsFunction(_ samples: [Float]) -> Matrix<Float> {
    var x = Matrix(rows: samples.count, columns: 1, samples)
    var rest = layers[...]
    // A norm over the time steps needs all of them.
    if let last = rest.lastIndex(where: \.seesAllFrames) {
      for layer in rest[...last] { x = layer(x) }
      rest = rest[(last + 1)...]
    }
    guard let last = rest.last else { return x }
    let (stride, field) = rest.reversed().reduce((1, 1)) { seen, layer in
      (seen.0 * layer.conv.stride, (seen.1 - 1) * layer.conv.stride + layer.conv.kernel)
    }
    let frames = x.rows < field ? 0 : (x.rows - field) / stride + 1
    let channels = last.conv.outputs
    var y = Matrix<Float>(rows: frames, columns: channels)
    let (input, layers) = (x, rest)
    unsafe y.withUnsafeMutableElements { y in
      nonisolated(unsafe) let y = unsafe y
      Threads.concurrentRanges(count: (frames + Self.tile - 1) / Self.tile) { range in
        for tile in range {
          let first = tile * Self.tile
          let count = min(Self.tile, frames - first)
          let rows = first * stride..<(first + count - 1) * stride + field
          let features = layers.reduce(input.selectingRows(rows)) { $1($0) }
          unsafe features.withUnsafeElements { features in
            let target = unsafe y[(first * channels)..<((first + count) * channels)]
            unsafe _ = UnsafeMutableBufferPointer(rebasing: target).update(fromContentsOf: features)
          }
        }
      }
    }
    return y
  }
}

/// `(x - mean)/√(variance + ε)·gamma + beta` over the time steps of each channel: a group norm with
/// one channel a group.
struct ChannelNorm: Sendable {
  let gamma, beta: [Float]
  let epsilon = 1e-5

  init(_ scope: Scope, width: Int) throws(CheckpointError) {
    gamma = try scope.floats("weight", shape: [width])
    beta = try scope.floats("bias", shape: [width])
  }

  /// Channels that a thread takes at a time: their sums stay in registers and the first cache.
  private static let block = 64

  /// x `[T, width]`, in place; sums in double precision.
  func normalise(_ x: inout Matrix<Float>) {
    let (rows, columns) = (x.rows, x.columns)
    guard rows > 0 else { return }
    unsafe x.withUnsafeMutableElements { x in
      guard let base = x.baseAddress else { return }
      nonisolated(unsafe) let start = unsafe base
      let blocks = (columns + Self.block - 1) / Self.block
      Threads.concurrentRanges(count: blocks) { range in
        for block in range {
          let first = block * Self.block
          unsafe normalise(
            start + first, rows: rows, stride: columns,
            channels: first..<min(first + Self.block, columns))
        }
      }
    }
  }

  private func normalise(
    _ x: UnsafeMutablePointer<Float>, rows: Int, stride: Int, channels: Range<Int>
  ) {
    let count = channels.count
    var means = [Double](repeating: 0, count: count)
    var squares = [Double](repeating: 0, count: count)
    unsafe means.withUnsafeMutableBufferPointer { means in
      unsafe squares.withUnsafeMutableBufferPointer { squares in
        for row in 0..<rows {
          for j in 0..<count { unsafe means[j] += Double(x[row * stride + j]) }
        }
        for j in 0..<count { unsafe means[j] /= Double(rows) }
        for row in 0..<rows {
          for j in 0..<count {
            let d = unsafe Double(x[row * stride + j]) - means[j]
            unsafe squares[j] += d * d
          }
        }
      }
    }
    let scales = (0..<count).map {
      Double(gamma[channels.lowerBound + $0])
        / (squares[$0] / Double(rows) + epsilon).squareRoot()
    }
    let factors = scales.map { Float($0) }
    // x·factor + shift: the mean is taken off in the shift.
    let shifts = (0..<count).map {
      Float(Double(beta[channels.lowerBound + $0]) - means[$0] * scales[$0])
    }
    unsafe factors.withUnsafeBufferPointer { factors in
      unsafe shifts.withUnsafeBufferPointer { shifts in
        for row in 0..<rows {
          let part = unsafe x + row * stride
          for j in 0..<count { unsafe part[j] = part[j] * factors[j] + shifts[j] }
        }
      }
    }
  }
}
