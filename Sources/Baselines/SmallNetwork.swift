import LinearAlgebra

/// Settings of the small neural network.
public struct NetworkSettings: Sendable, Equatable, Codable {
  /// AdamW's step size, above 0.
  public var learningRate: Double
  /// Decoupled, on weights and biases, 0 or more.
  public var weightDecay: Double
  /// Passes over the rows, 1 or more.
  public var epochs: Int
  /// Rows of a step, 1 or more; the last step of an epoch has what is left.
  public var batchSize: Int
  /// h, the ReLU units, 1 to 65,536.
  public var hidden: Int
  /// Share of the hidden units that a training step leaves out, 0 or more and below 1.
  public var dropout: Double
  /// Draws the first weights, the order of the rows and the dropout.
  public var seed: Int
  /// Whether the columns are brought to mean 0 and variance 1 first.
  public var standardise: Bool

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
    case batchSize = "batch_size"
    case epochs, hidden, dropout, seed, standardise
  }

  /// Ranges are looked at where a head is trained.
  public init(
    learningRate: Double = 1e-3, weightDecay: Double = 1e-4, epochs: Int = 20,
    batchSize: Int = 256, hidden: Int = 256, dropout: Double = 0.1, seed: Int = 0,
    standardise: Bool = false
  ) {
    (self.learningRate, self.weightDecay, self.epochs) = (learningRate, weightDecay, epochs)
    (self.batchSize, self.hidden, self.dropout) = (batchSize, hidden, dropout)
    (self.seed, self.standardise) = (seed, standardise)
  }
}

/// `relu(x·w₁ + b₁)·w₂ + b₂`.
struct SmallNetwork: Sendable, Equatable {
  /// `[d, h]`.
  var hiddenWeights: Matrix<Float>
  /// `[h]`.
  var hiddenBias: [Float]
  /// `[h, C]`.
  var outputWeights: Matrix<Float>
  /// `[C]`.
  var outputBias: [Float]

  func scores(_ x: Matrix<Float>) -> Matrix<Float> {
    var hidden = multiply(x, hiddenWeights)
    addBias(hiddenBias, to: &hidden)
    unsafe hidden.withUnsafeMutableElements { e in
      for i in e.indices { unsafe e[i] = max(e[i], 0) }
    }
    var scores = multiply(hidden, outputWeights)
    addBias(outputBias, to: &scores)
    return scores
  }
}
