import LinearAlgebra

/// A rival head as chosen on the validation rows, and what that took.
public struct BaselineTraining: Sendable {
  /// The chosen head.
  public let head: BaselineHead
  /// How many settings were tried.
  public let candidates: Int
  /// Of the chosen one, 0 … 1; nil without validation rows.
  public let validationAccuracy: Double?
  /// Wall time of the whole search, and of training the chosen head alone.
  public let searchSeconds, seconds: Double
  /// Counted operations of training the chosen head; nil for the machines that a library trains,
  /// which counts none.
  public let flops: Int?
}

extension BaselineSpace {
  /// Trains every candidate of a head and keeps the one with the highest validation accuracy, of equal
  /// ones the first.
  /// - Parameters:
  ///   - progress: called after each candidate with how many are done; false stops the search after
  ///     those under way.
  /// - Returns: nil when it was stopped.
  /// - Throws: `BaselineError`.
  public func train(
    _ kind: BaselineKind, on x: Matrix<Float>, labels: [Int],
    validation: (x: Matrix<Float>, labels: [Int])?, languages: [String],
    provenance: [String: String] = [:],
    progress: (_ done: Int) -> Bool = { _ in true }
  ) throws(BaselineError) -> BaselineTraining? {
    let candidates = candidates(kind)
    for candidate in candidates { try candidate.validate() }
    guard let first = candidates.first else {
      throw .setting(kind: kind, name: "*", value: "an empty list", wanted: "at least one value")
    }
    let start = ContinuousClock.now
    let standardiser = first.standardise ? Standardiser(x) : nil
    let rows = standardiser?(x) ?? x
    guard candidates.count > 1 else {
      let trial = try Trial(rows, labels, languages, first, standardiser, provenance)
      return trial.result(
        candidates: 1, accuracy: validation.map { trial.accuracy($0.x, $0.labels) },
        search: (ContinuousClock.now - start).inSeconds)
    }
    guard let validation, !validation.labels.isEmpty else {
      throw .noValidation(kind: kind, candidates: candidates.count)
    }
    if kind == .knn, let k = knn.k.max(), k > x.rows {
      throw .tooFewRows(kind: kind, rows: x.rows, needed: k)
    }
    var best: (trial: Trial, accuracy: Double)?
    var neighbours: [KNNSettings.Metric: [[KNearestNeighbours.Neighbour]]] = [:]
    for (index, candidate) in candidates.enumerated() {
      let trial = try Trial(rows, labels, languages, candidate, standardiser, provenance)
      let accuracy: Double
      if case .knn(let settings) = candidate {
        // The distances are the work, and the same for every k and weighting.
        let known =
          neighbours[settings.metric]
          ?? KNearestNeighbours.neighbours(
            of: standardiser?(validation.x) ?? validation.x, among: rows, k: knn.k.max() ?? 1,
            metric: settings.metric)
        neighbours[settings.metric] = known
        let votes = KNearestNeighbours.votes(
          known.map { $0.prefix(settings.k) }, settings.weights, labels, classes: languages.count)
        accuracy = share(of: votes, validation.labels)
      } else {
        accuracy = trial.accuracy(validation.x, validation.labels)
      }
      if accuracy > best?.accuracy ?? -1 { best = (trial, accuracy) }
      guard progress(index + 1) else { return nil }
    }
    return best.map {
      $0.trial.result(
        candidates: candidates.count, accuracy: $0.accuracy,
        search: (ContinuousClock.now - start).inSeconds)
    }
  }
}

/// One trained candidate, its time and operations.
private struct Trial {
  let head: BaselineHead
  let seconds: Double
  let flops: Int?

  init(
    _ rows: Matrix<Float>, _ labels: [Int], _ languages: [String], _ settings: BaselineSettings,
    _ standardiser: Standardiser?, _ provenance: [String: String]
  ) throws(BaselineError) {
    let (start, before) = (ContinuousClock.now, FLOPCounter.total)
    head = try BaselineHead(
      standardised: rows, labels, languages, settings, standardiser, provenance)
    seconds = (ContinuousClock.now - start).inSeconds
    let counted = FLOPCounter.total - before
    switch settings {
    case .linearSVM, .kernelSVM: flops = nil
    case .knn, .nn: flops = counted
    }
  }

  func accuracy(_ x: Matrix<Float>, _ labels: [Int]) -> Double { share(of: head.logits(x), labels) }

  func result(candidates: Int, accuracy: Double?, search: Double) -> BaselineTraining {
    BaselineTraining(
      head: head, candidates: candidates, validationAccuracy: accuracy, searchSeconds: search,
      seconds: seconds, flops: flops)
  }
}

/// Share of the rows whose largest score is their label's.
private func share(of scores: Matrix<Float>, _ labels: [Int]) -> Double {
  let right = zip(scores.argmaxOfRows(), labels).count { $0 == $1 }
  return Double(right) / Double(max(labels.count, 1))
}
