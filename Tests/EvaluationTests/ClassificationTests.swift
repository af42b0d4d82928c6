import Testing

@testable import Evaluation

/// What scikit-learn 1.9.1 reports on three cases, with and without a list of labels.
private struct ClassificationFixture: Decodable {
  struct Scores: Decodable {
    let precision, recall, support: Double
    let f1: Double

    enum CodingKeys: String, CodingKey {
      case precision, recall, support
      case f1 = "f1-score"
    }
  }

  /// A row of the report: scores, or the bare number of "accuracy".
  enum Row: Decodable {
    case scores(Scores)
    case accuracy(Double)

    init(from decoder: any Decoder) throws {
      if let number = try? decoder.singleValueContainer().decode(Double.self) {
        self = .accuracy(number)
      } else {
        self = .scores(try Scores(from: decoder))
      }
    }
  }

  struct Case: Decodable {
    let name: String
    let labels, truth, predictions: [String]
    let report: [String: Row]
    let confusion: [[Int]]
    let observedLabels: [String]
    let observedReport: [String: Row]
    let observedConfusion: [[Int]]

    enum CodingKeys: String, CodingKey {
      case name, labels, report
      case truth = "y_true"
      case predictions = "y_pred"
      case confusion = "confusion_matrix"
      case observedLabels = "observed_labels"
      case observedReport = "report_observed_labels"
      case observedConfusion = "confusion_matrix_observed_labels"
    }
  }
  let cases: [Case]
}

@Suite struct ClassificationTests {
  private func check(
    _ result: Classification, _ report: [String: ClassificationFixture.Row], _ name: String
  ) {
    var rows = Dictionary(uniqueKeysWithValues: zip(result.labels, result.scores))
    rows["macro avg"] = result.macroAverage
    rows["weighted avg"] = result.weightedAverage
    // In place of the accuracy it gives a micro average where a label that occurs is not listed.
    #expect(Set(report.keys).subtracting(["accuracy", "micro avg"]) == Set(rows.keys))
    for (key, row) in report {
      switch row {
      case .accuracy(let accuracy):
        #expect(abs(result.accuracy - accuracy) <= ratioTolerance, "\(name): \(key)")
      case .scores(let want):
        guard let got = rows[key] else { continue }
        #expect(abs(got.precision - want.precision) <= ratioTolerance, "\(name): \(key)")
        #expect(abs(got.recall - want.recall) <= ratioTolerance, "\(name): \(key)")
        #expect(abs(got.f1 - want.f1) <= ratioTolerance, "\(name): \(key)")
        #expect(Double(got.support) == want.support, "\(name): \(key)")
      }
    }
  }

  @Test func asScikitLearnReports() throws {
    let fixture: ClassificationFixture = try metricsFixture("classification.json")
    #expect(fixture.cases.count == 3)
    for item in fixture.cases {
      let listed = Classification(
        truth: item.truth, predictions: item.predictions, labels: item.labels)
      check(listed, item.report, item.name)
      #expect(listed.confusion == item.confusion, "\(item.name)")

      let observed = Classification(truth: item.truth, predictions: item.predictions)
      #expect(observed.labels == item.observedLabels)
      check(observed, item.observedReport, item.name)
      #expect(observed.confusion == item.observedConfusion, "\(item.name)")
    }
  }

  @Test func labelsOutsideTheListAreWrong() {
    let result = Classification(
      truth: ["en", "en", "hi", "xx"], predictions: ["en", "yue", "en", "xx"],
      labels: ["en", "hi"])
    #expect(result.confusion == [[1, 0], [1, 0]])
    #expect(result.predictedOutside == [1, 0])
    #expect((result.correct, result.count) == (2, 4))
    #expect(result.accuracy == 0.5)
    #expect(result.scores[0] == .init(precision: 0.5, recall: 0.5, f1: 0.5, support: 2))
    #expect(result.scores[1] == .init(precision: 0, recall: 0, f1: 0, support: 1))
  }

  @Test func noSamples() {
    let result = Classification(truth: [], predictions: [], labels: ["en"])
    #expect(result.accuracy == 0)
    #expect(result.weightedAverage == .init(precision: 0, recall: 0, f1: 0, support: 0))
    #expect(result.confusion == [[0]])
  }

  /// The mean of F1 is 13/40, printed 0.33 by scikit-learn 1.9.1 because NumPy adds eight terms in
  /// pairs; added one after the other they come to less.
  @Test func meansAreAddedInNumPysOrder() {
    let counts = [("c", "c", 3), ("x", "c", 3), ("e", "e", 10), ("f", "f", 7), ("f", "x", 1)]
    let samples = counts.flatMap { Array(repeating: ($0.0, $0.1), count: $0.2) }
    let result = Classification(
      truth: samples.map(\.0), predictions: samples.map(\.1),
      labels: ["a", "b", "c", "d", "e", "f", "g", "h"])
    #expect(result.macroAverage.f1 == 0.325)
  }
}
