import Foundation
import LinearAlgebra

@testable import Baselines

/// `heads.json`: a small problem and what scikit-learn and torch make of it;
/// Benchmarks/heads/fixtures.py writes it.
struct HeadsFixture: Decodable {
  struct Case: Decodable, Sendable {
    let settings: BaselineSettings
    let predictions: [Int]
  }

  struct Network: Decodable {
    struct Batch: Decodable {
      let x: [Float]
      let y: [Int]
    }

    let d, h, c: Int
    let learningRate, weightDecay: Double
    /// Hidden weights, hidden biases, output weights, output biases.
    let before, after: [[Float]]
    let batches: [Batch]

    private enum CodingKeys: String, CodingKey {
      case d, h, c, before, after, batches
      case learningRate = "learning_rate"
      case weightDecay = "weight_decay"
    }
  }

  let d, classes: Int
  let train, test: [Float]
  let trainLabels, testLabels: [Int]
  let cases: [Case]
  let network: Network

  private enum CodingKeys: String, CodingKey {
    case d, classes, train, test, cases, network
    case trainLabels = "train_labels"
    case testLabels = "test_labels"
  }

  static func load() throws -> HeadsFixture {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/heads/heads.json")
    return try JSONDecoder().decode(HeadsFixture.self, from: Data(contentsOf: url))
  }

  var x: Matrix<Float> { Matrix(rows: train.count / d, columns: d, train) }
  var z: Matrix<Float> { Matrix(rows: test.count / d, columns: d, test) }
  var languages: [String] { (0..<classes).map { "l\($0)" } }

  func head(_ settings: BaselineSettings) throws -> BaselineHead {
    try BaselineHead(
      training: x, labels: trainLabels, languages: languages, settings: settings,
      provenance: ["encoder": "whisper/x/mean"])
  }
}

extension SmallNetwork {
  init(_ parameters: [[Float]], d: Int, h: Int, c: Int) {
    self.init(
      hiddenWeights: Matrix(rows: d, columns: h, parameters[0]), hiddenBias: parameters[1],
      outputWeights: Matrix(rows: h, columns: c, parameters[2]), outputBias: parameters[3])
  }
}
