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

  /// Samples to features `[T, channels]`; T is 0 for fewer samples than the receptive field.
  func callAsFunction(_ samples: [Float]) -> Matrix<Float> {
    var x = Matrix(rows: samples.count, columns: 1, samples)
    for layer in layers {
      x = layer.conv(x)
      switch layer.norm {
      case .none: break
      case .channels(let norm): norm.normalise(&x)
      case .frames(let norm): norm.normalise(&x)
      }
      gelu(&x)
    }
    return x
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
