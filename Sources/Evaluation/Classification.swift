/// Accuracy, precision, recall and F1 of predicted labels, as scikit-learn's `classification_report`
/// with `zero_division=0` and its `confusion_matrix` have them.
///
/// A prediction outside the list of labels is wrong; it counts in no column of the matrix.
public struct Classification: Sendable, Equatable {
  /// Precision, recall and F1, ratios in 0 … 1, of one label or averaged.
  public struct Scores: Sendable, Equatable {
    public var precision, recall, f1: Double
    /// How many samples truly have the label, or all labels together.
    public var support: Int
  }

  /// The labels that rows and columns stand for, in order.
  public let labels: [String]
  /// How many samples there are, and how many are predicted rightly; labels outside the list count.
  public let count, correct: Int
  /// Row: true label; column: predicted label; `[labels, labels]`.
  public let confusion: [[Int]]
  /// Samples by true label that were predicted to be something outside the list, `[labels]`.
  public let predictedOutside: [Int]
  /// Of each label, `[labels]`.
  public let scores: [Scores]
  /// The plain mean over labels.
  public let macroAverage: Scores
  /// The mean over labels, weighted by support.
  public let weightedAverage: Scores

  /// Share of samples predicted rightly, in 0 … 1; 0 if there are none.
  public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// - Parameters:
  ///   - truth: the true label of each sample.
  ///   - predictions: the predicted one.
  ///   - labels: the labels to report, each once; all that occur, sorted, when `nil`.
  /// - Precondition: as many predictions as true labels.
  public init(truth: [String], predictions: [String], labels: [String]? = nil) {
    precondition(
      truth.count == predictions.count,
      "\(truth.count) true labels, \(predictions.count) predictions")
    let labels = labels ?? Set(truth).union(predictions).sorted()
    let index = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })

    var confusion = [[Int]](
      repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
    var predictedOutside = [Int](repeating: 0, count: labels.count)
    var predicted = [Int](repeating: 0, count: labels.count)
    for (truth, prediction) in zip(truth, predictions) {
      let column = index[prediction]
      if let column { predicted[column] += 1 }
      guard let row = index[truth] else { continue }
      if let column { confusion[row][column] += 1 } else { predictedOutside[row] += 1 }
    }
    let support = labels.indices.map { confusion[$0].reduce(predictedOutside[$0], +) }
    let scores = labels.indices.map {
      Scores(hits: confusion[$0][$0], predicted: predicted[$0], support: support[$0])
    }

    self.labels = labels
    count = truth.count
    correct = zip(truth, predictions).count { $0 == $1 }
    self.confusion = confusion
    self.predictedOutside = predictedOutside
    self.scores = scores
    macroAverage = Scores(averaging: scores, weights: scores.map { _ in 1 })
    weightedAverage = Scores(averaging: scores, weights: support.map(Double.init))
  }
}

extension Classification.Scores {
  fileprivate init(hits: Int, predicted: Int, support: Int) {
    func ratio(_ a: Int, _ b: Int) -> Double { b == 0 ? 0 : Double(a) / Double(b) }
    self.init(
      precision: ratio(hits, predicted), recall: ratio(hits, support),
      f1: ratio(2 * hits, predicted + support), support: support)
  }

  fileprivate init(averaging scores: [Self], weights: [Double]) {
    let total = weights.reduce(0, +)
    func mean(_ value: (Self) -> Double) -> Double {
      total == 0 ? 0 : sumAsNumPy(zip(scores, weights).map { value($0) * $1 }[...]) / total
    }
    self.init(
      precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1),
      support: scores.reduce(0) { $0 + $1.support })
  }
}

/// The sum in the order in which NumPy adds: plainly below eight terms, in eight interleaved sums up
/// to 128, in halves beyond. It decides how a mean that is a tie in decimals is printed.
private func sumAsNumPy(_ terms: ArraySlice<Double>) -> Double {
  guard terms.count >= 8 else { return terms.reduce(0, +) }
  if terms.count > 128 {
    let half = terms.count / 2
    let middle = terms.startIndex + half - half % 8
    return sumAsNumPy(terms[..<middle]) + sumAsNumPy(terms[middle...])
  }
  let whole = terms.count - terms.count % 8
  var sums = SIMD8<Double>(terms.prefix(8))
  for start in stride(from: 8, to: whole, by: 8) {
    sums += SIMD8<Double>(terms.dropFirst(start).prefix(8))
  }
  let pairs = sums.evenHalf + sums.oddHalf
  let quarters = pairs.evenHalf + pairs.oddHalf
  return terms.dropFirst(whole).reduce(quarters[0] + quarters[1], +)
}
