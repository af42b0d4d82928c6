import Foundation
import LinearAlgebra

extension SmallNetwork {
  /// Weights and biases uniform in ±1/√(inputs), as PyTorch's `Linear` begins.
  init(dimension d: Int, hidden h: Int, classes: Int, generator: inout SeededGenerator) {
    func draw(_ count: Int, inputs: Int) -> [Float] {
      let bound = 1 / Double(max(inputs, 1)).squareRoot()
      return (0..<count).map { _ in Float((2 * generator.unit() - 1) * bound) }
    }
    hiddenWeights = Matrix(rows: d, columns: h, draw(d * h, inputs: d))
    hiddenBias = draw(h, inputs: d)
    outputWeights = Matrix(rows: h, columns: classes, draw(h * classes, inputs: h))
    outputBias = draw(classes, inputs: h)
  }

  /// Trains on the mean cross-entropy by AdamW, the rows in a new order in each epoch.
  init(training x: Matrix<Float>, labels: [Int], classes: Int, settings: NetworkSettings) {
    var generator = SeededGenerator(seed: settings.seed, purpose: ["network"])
    self.init(
      dimension: x.columns, hidden: settings.hidden, classes: classes, generator: &generator)
    var optimiser = NetworkOptimiser(self, settings)
    var order = Array(labels.indices)
    for _ in 0..<settings.epochs {
      generator.shuffle(&order)
      for start in stride(from: 0, to: order.count, by: settings.batchSize) {
        let batch = Array(order[start..<min(start + settings.batchSize, order.count)])
        optimiser.step(
          &self, x.selectingRows(batch), batch.map { labels[$0] }, generator: &generator)
      }
    }
  }
}

/// AdamW (Loshchilov & Hutter, arXiv:1711.05101) with β₁ = 0.9, β₂ = 0.999, ε = 1e-8, in PyTorch's
/// order: decay, moments, corrected step.
struct NetworkOptimiser {
  private let settings: NetworkSettings
  private var steps = 0
  /// Of hidden weights, hidden biases, output weights, output biases.
  private var moments: [Moments]

  private struct Moments {
    private var first, second: [Float]

    init(_ count: Int) {
      first = [Float](repeating: 0, count: count)
      second = first
    }

    @unsafe mutating func update(
      _ parameter: UnsafeMutableBufferPointer<Float>, _ gradient: [Float], step: Int,
      _ settings: NetworkSettings
    ) {
      let (beta1, beta2) = (0.9, 0.999)
      let rate = settings.learningRate
      let decay = Float(1 - rate * settings.weightDecay)
      let size = Float(rate / (1 - pow(beta1, Double(step))))
      let root = Float((1 - pow(beta2, Double(step))).squareRoot())
      let (b1, b2) = (Float(beta1), Float(beta2))
      unsafe first.withUnsafeMutableBufferPointer { m in
        unsafe second.withUnsafeMutableBufferPointer { v in
          unsafe gradient.withUnsafeBufferPointer { g in
            for i in parameter.indices {
              unsafe m[i] = b1 * m[i] + (1 - b1) * g[i]
              unsafe v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i]
              unsafe parameter[i] =
                parameter[i] * decay - size * m[i] / (v[i].squareRoot() / root + 1e-8)
            }
          }
        }
      }
    }
  }

  init(_ network: SmallNetwork, _ settings: NetworkSettings) {
    self.settings = settings
    moments = [
      network.hiddenWeights.count, network.hiddenBias.count, network.outputWeights.count,
      network.outputBias.count,
    ].map(Moments.init)
  }

  /// One step on the rows of `x` `[b, d]`.
  mutating func step(
    _ network: inout SmallNetwork, _ x: Matrix<Float>, _ labels: [Int],
    generator: inout SeededGenerator
  ) {
    var hidden = multiply(x, network.hiddenWeights)
    addBias(network.hiddenBias, to: &hidden)
    // What each hidden value is multiplied by: 0 where it is negative or left out, 1/(1 − p) else.
    var gate = [Float](repeating: 0, count: hidden.count)
    let kept = Float(1 / (1 - settings.dropout))
    unsafe hidden.withUnsafeMutableElements { h in
      for i in h.indices {
        let leftOut = settings.dropout > 0 && generator.unit() < settings.dropout
        gate[i] = unsafe !leftOut && h[i] > 0 ? kept : 0
        unsafe h[i] *= gate[i]
      }
    }
    var errors = multiply(hidden, network.outputWeights)
    addBias(network.outputBias, to: &errors)
    softmaxRows(&errors)
    for (i, label) in labels.enumerated() { errors[i, label] -= 1 }
    let share = 1 / Float(max(labels.count, 1))
    unsafe errors.withUnsafeMutableElements { e in
      for i in e.indices { unsafe e[i] *= share }
    }

    let outputGradient = multiply(hidden, errors, transposeA: true)
    var backward = multiply(errors, network.outputWeights, transposeB: true)
    unsafe backward.withUnsafeMutableElements { b in
      for i in b.indices { unsafe b[i] *= gate[i] }
    }
    let hiddenGradient = multiply(x, backward, transposeA: true)

    steps += 1
    update(&network.hiddenWeights, hiddenGradient.elements, 0)
    update(&network.hiddenBias, Self.columnSums(backward), 1)
    update(&network.outputWeights, outputGradient.elements, 2)
    update(&network.outputBias, Self.columnSums(errors), 3)
  }

  private static func columnSums(_ a: Matrix<Float>) -> [Float] {
    multiply(a, [Float](repeating: 1, count: a.rows), transposeA: true)
  }

  private mutating func update(_ parameter: inout Matrix<Float>, _ gradient: [Float], _ index: Int)
  {
    unsafe parameter.withUnsafeMutableElements {
      unsafe moments[index].update($0, gradient, step: steps, settings)
    }
  }

  private mutating func update(_ parameter: inout [Float], _ gradient: [Float], _ index: Int) {
    unsafe parameter.withUnsafeMutableBufferPointer {
      unsafe moments[index].update($0, gradient, step: steps, settings)
    }
  }
}
