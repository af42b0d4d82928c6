import LinearAlgebra

/// Settings of the small neural network.
public struct NetworkSettings: Sendable, Equatable, Codable {
  public var learningRate: Double
  /// Decoupled, on weights and biases.
  public var weightDecay: Double
  public var epochs: Int
  public var batchSize: Int
  public var hidden: Int
  /// Share of the hidden units that a training step leaves out.
  public var dropout: Double
  /// Draws the first weights, the order of the rows and the dropout.
  public var seed: Int
  public var standardise: Bool

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
    case batchSize = "batch_size"
    case epochs, hidden, dropout, seed, standardise
  }

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
