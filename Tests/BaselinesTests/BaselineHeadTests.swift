import Foundation
import LinearAlgebra
import TensorFiles
import TestFolders
import Testing

@testable import Baselines

@Suite struct BaselineHeadTests {
  /// Both sides solve the same strictly convex problems or sort the same distances, so a row may differ
  /// only where two scores are equal to within the solvers' tolerances: of 100 rows, none is expected.
  @Test func predictionsAreScikitLearns() throws {
    let fixture = try HeadsFixture.load()
    #expect(fixture.cases.count == 33)
    for example in fixture.cases {
      let found = try fixture.head(example.settings).logits(fixture.z).argmaxOfRows()
      #expect(found == example.predictions, "\(example.settings)")
    }
  }

  /// Three steps of torch's AdamW from torch's weights, without dropout.
  @Test func networkStepsAreTorchs() throws {
    let network = try HeadsFixture.load().network
    let settings = NetworkSettings(
      learningRate: network.learningRate, weightDecay: network.weightDecay, dropout: 0)
    var model = SmallNetwork(network.before, d: network.d, h: network.h, c: network.c)
    var optimiser = NetworkOptimiser(model, settings)
    var generator = SeededGenerator(seed: 0)
    for batch in network.batches {
      optimiser.step(
        &model, Matrix(rows: batch.y.count, columns: network.d, batch.x), batch.y,
        generator: &generator)
    }
    let expected = SmallNetwork(network.after, d: network.d, h: network.h, c: network.c)
    // A step is at most the learning rate, 0.01, in each number; where a gradient is near zero, its
    // sign decides a part of that, so that a float32's rounding there is multiplied by a few hundred.
    let tolerance: Float = 2e-5
    for (a, b) in [
      (model.hiddenWeights.elements, expected.hiddenWeights.elements),
      (model.hiddenBias, expected.hiddenBias),
      (model.outputWeights.elements, expected.outputWeights.elements),
      (model.outputBias, expected.outputBias),
    ] {
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < tolerance })
    }
  }

  @Test func networkLearnsAndIsSeeded() throws {
    let fixture = try HeadsFixture.load()
    let settings = NetworkSettings(
      learningRate: 0.01, epochs: 60, batchSize: 32, hidden: 32, standardise: true)
    let head = try fixture.head(.nn(settings))
    let right = zip(head.logits(fixture.x).argmaxOfRows(), fixture.trainLabels).count { $0 == $1 }
    // One label in ten is drawn at random; a linear machine gets about 70 %.
    #expect(Double(right) / Double(fixture.trainLabels.count) > 0.8)
    #expect(try fixture.head(.nn(settings)).logits(fixture.z) == head.logits(fixture.z))
    var other = settings
    other.seed = 1
    #expect(try fixture.head(.nn(other)).logits(fixture.z) != head.logits(fixture.z))
  }

  @Test func twoLanguagesAreTwoColumns() throws {
    let x = Matrix<Float>(rows: 4, columns: 1, [-2, -1, 1, 2])
    // Class 1 comes first: liblinear's and libsvm's positive side.
    for settings in [
      BaselineSettings.linearSVM(.init()), .kernelSVM(.init()), .knn(.init(k: 1)),
    ] {
      let head = try BaselineHead(
        training: x, labels: [1, 1, 0, 0], languages: ["a", "b"], settings: settings)
      #expect(head.logits(x).argmaxOfRows() == [1, 1, 0, 0], "\(settings)")
      #expect(head.logits(x).columns == 2)
    }
  }

  // MARK: By hand

  @Test func neighboursAtDistanceZeroOutvoteTheOthers() {
    let near: [KNearestNeighbours.Neighbour] = [
      .init(row: 0, distance: 0), .init(row: 1, distance: 0.5), .init(row: 2, distance: 0.5),
    ]
    func votes(_ near: [KNearestNeighbours.Neighbour], _ weights: KNNSettings.Weighting) -> [Float]
    {
      KNearestNeighbours.votes([near[...]], weights, [1, 0, 0], classes: 2).row(0)
    }
    #expect(votes(near, .distance) == [0, 1])
    #expect(votes(near, .uniform)[0] > 0.6)  // two of three
    let apart: [KNearestNeighbours.Neighbour] = [
      .init(row: 0, distance: 0.25), .init(row: 1, distance: 0.5), .init(row: 2, distance: 0.5),
    ]
    #expect(votes(apart, .distance) == [0.5, 0.5])  // 2 + 2 against 4
  }

  @Test func ofNeighboursAsFarTheFirstCounts() {
    let rows = Matrix<Float>(rows: 3, columns: 1, [-1, 1, 3])
    for metric in [KNNSettings.Metric.euclidean, .manhattan] {
      let near = KNearestNeighbours.neighbours(
        of: Matrix(rows: 1, columns: 1, [0]), among: rows, k: 1, metric: metric)
      #expect(near == [[.init(row: 0, distance: 1)]])
    }
  }

  /// numpy: 1 / (X.shape[1] * X.var()), of numbers whose mean is not 0.
  @Test func gammaIsOfTheVariance() {
    let x = Matrix<Float>(rows: 2, columns: 2, [1, 3, 5, 7])
    #expect(KernelSVMSettings(gamma: .scale).gammaValue(x) == 0.1)
    #expect(KernelSVMSettings(gamma: .auto).gammaValue(x) == 0.5)
  }

  /// Three machines of which each language wins one: the first language wins, though the third is surest.
  @Test func ofEqualVotesTheFirstLanguageWins() {
    let svm = KernelSVM(
      settings: .init(), gamma: 1, supportVectors: Matrix(rows: 3, columns: 1),
      counts: [1, 1, 1], coefficients: Matrix(rows: 2, columns: 3), rho: [-1, 5, -1])
    #expect(svm.scores(Matrix(rows: 1, columns: 1)).argmaxOfRows() == [0])
  }

  @Test func filesReadBackAsThemselves() throws {
    let fixture = try HeadsFixture.load()
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder("head")
    for settings in [
      BaselineSettings.knn(.init(weights: .distance)), .linearSVM(.init()),
      .kernelSVM(.init(kernel: .poly)), .nn(.init(epochs: 1, hidden: 4)),
    ] {
      let head = try fixture.head(settings)
      try head.write(to: path)
      #expect(try BaselineHead.kind(of: path) == settings.kind)
      let read = try BaselineHead(path: path)
      #expect(read.languages == head.languages)
      #expect(read.settings == settings)
      #expect(read.dimension == fixture.d)
      #expect(read.provenance == ["encoder": "whisper/x/mean"])
      #expect(read.logits(fixture.z) == head.logits(fixture.z))
    }
  }

  @Test func badFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder("head")
    func expectFailure(_ text: String, _ metadata: [String: String], weights: [Int] = [2, 2]) throws
    {
      var file = SafetensorsWriter(metadata: metadata)
      file.add(
        "weights", shape: weights, floats: Array(repeating: 1, count: weights.reduce(1, *)))
      file.add("bias", shape: [2], floats: [0, .nan])
      try file.write(to: path)
      #expect { try BaselineHead(path: path) } throws: {
        "\($0)".contains(text) && "\($0)".contains(path)
      }
    }
    let settings = #"{"kind":"linear-svm","C":1,"tolerance":0.1,"standardise":false}"#
    try expectFailure("languages", ["kind": "linear-svm", "settings": settings])
    try expectFailure("settings", ["languages": "a,b", "settings": "{}"])
    try expectFailure("NaN", ["languages": "a,b", "settings": settings])
    try expectFailure("weights", ["languages": "a,b", "settings": settings], weights: [2, 3])
    var file = SafetensorsWriter(metadata: ["kind": "forest"])
    file.add("x", shape: [1], floats: [0])
    try file.write(to: path)
    #expect { try BaselineHead.kind(of: path) } throws: { "\($0)".contains("'forest'") }
  }
}
