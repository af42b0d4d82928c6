import LinearAlgebra

/// A rival head with the languages of its classes and where it comes from.
public struct BaselineHead: LanguageHead {
  /// Of the classes, in their order.
  public let languages: [String]
  /// What the head was trained with.
  public let settings: BaselineSettings
  /// Encoder identity, version and whatever else the maker recorded.
  public let provenance: [String: String]
  let standardiser: Standardiser?
  let model: Model

  enum Model: Sendable {
    case knn(KNearestNeighbours)
    case linearSVM(LinearSVM)
    case kernelSVM(KernelSVM)
    case nn(SmallNetwork)
  }

  /// Which rival it is.
  public var kind: BaselineKind { settings.kind }

  /// d, the width of the embeddings.
  public var dimension: Int {
    switch model {
    case .knn(let model): model.rows.columns
    case .linearSVM(let model): model.weights.rows
    case .kernelSVM(let model): model.supportVectors.columns
    case .nn(let model): model.hiddenWeights.rows
    }
  }

  /// Scores of each language, the largest for the one that is chosen: for kNN the shares of
  /// the votes, 0 … 1; for the linear machines w·x + b; for those with a kernel the votes of pairs,
  /// with a part below a third of one; for the network its logits.
  /// - Parameter embeddings: `[n, d]`, not yet standardised.
  /// - Returns: `[n, C]`.
  public func logits(_ embeddings: Matrix<Float>) -> Matrix<Float> {
    precondition(
      embeddings.columns == dimension, "embeddings \(embeddings.shape), head of width \(dimension)")
    let x = standardiser?(embeddings) ?? embeddings
    switch model {
    case .knn(let model): return model.scores(x)
    case .linearSVM(let model): return model.scores(x)
    case .kernelSVM(let model): return model.scores(x)
    case .nn(let model): return model.scores(x)
    }
  }

  /// Trains one head.
  /// - Parameters:
  ///   - x: finite embeddings, `[n, d]`.
  ///   - labels: of each row, the index of its language; every language occurs.
  /// - Throws: `BaselineError`.
  public init(
    training x: Matrix<Float>, labels: [Int], languages: [String], settings: BaselineSettings,
    provenance: [String: String] = [:]
  ) throws(BaselineError) {
    let standardiser = settings.standardise ? Standardiser(x) : nil
    try self.init(
      standardised: standardiser?(x) ?? x, labels, languages, settings, standardiser, provenance)
  }

  init(
    standardised x: Matrix<Float>, _ labels: [Int], _ languages: [String],
    _ settings: BaselineSettings, _ standardiser: Standardiser?,
    _ provenance: [String: String] = [:]
  ) throws(BaselineError) {
    precondition(x.rows == labels.count, "\(x.rows) rows, \(labels.count) labels")
    try settings.validate()
    let classes = languages.count
    let model: Model
    switch settings {
    case .knn(let s):
      guard s.k <= x.rows else { throw .tooFewRows(kind: .knn, rows: x.rows, needed: s.k) }
      model = .knn(KNearestNeighbours(settings: s, rows: x, labels: labels, classes: classes))
    case .linearSVM(let s):
      model = .linearSVM(
        try LinearSVM(training: x, labels: labels, classes: classes, settings: s))
    case .kernelSVM(let s):
      model = .kernelSVM(
        try KernelSVM(training: x, labels: labels, classes: classes, settings: s))
    case .nn(let s):
      model = .nn(SmallNetwork(training: x, labels: labels, classes: classes, settings: s))
    }
    self.init(languages, settings, provenance, standardiser, model)
  }

  init(
    _ languages: [String], _ settings: BaselineSettings, _ provenance: [String: String],
    _ standardiser: Standardiser?, _ model: Model
  ) {
    (self.languages, self.settings, self.provenance) = (languages, settings, provenance)
    (self.standardiser, self.model) = (standardiser, model)
  }
}
