import LinearAlgebra

/// Embeddings with the class of each, checked: the input of a training run, or one rank's share of it.
public struct LabelledEmbeddings: Sendable {
  private enum Rows {
    case memory(Matrix<Float>)
    case source(any RowSource)
  }

  private let rows: Rows
  /// A class in 0..<classes for each row, `[n]`.
  public let labels: [Int]
  /// C, 2 or more.
  public let classes: Int

  /// - Parameters:
  ///   - features: X, one embedding a row, `[n, d]`.
  ///   - labels: a class in 0..<classes for each row.
  ///   - classes: C, at least as many as the labels name.
  ///   - firstRow: where these rows begin in all rows, if they are one rank's share, which may be empty;
  ///     nil: they are all.
  /// - Throws: `TrainingDataError`: the row, column or label that is wrong.
  public init(
    features: Matrix<Float>, labels: [Int], classes: Int, firstRow: Int? = nil
  ) throws(TrainingDataError) {
    let (first, shape) = (firstRow ?? 0, features.shape)
    try Self.check(shape, labels, classes, first, mayBeEmpty: firstRow != nil)
    if let (row, column) = features.firstNonFinite {
      throw .nonFinite(row: first + row, column: column, value: features[row, column])
    }
    (rows, self.labels, self.classes) = (.memory(features), labels, classes)
  }

  /// Rows that stay where they are, and are read block by block at every product. They are read through
  /// once to be checked.
  /// - Parameters:
  ///   - source: X, one embedding a row, `[n, d]`.
  ///   - labels: a class in 0..<classes for each row.
  ///   - classes: C, at least as many as the labels name.
  ///   - firstRow: where these rows begin in all rows, if they are one rank's share.
  /// - Throws: `TrainingDataError`: the row, column or label that is wrong.
  public init(
    source: any RowSource, labels: [Int], classes: Int, firstRow: Int? = nil
  ) throws(TrainingDataError) {
    let first = firstRow ?? 0
    try Self.check(
      [source.rows, source.columns], labels, classes, first, mayBeEmpty: firstRow != nil)
    var problem: TrainingDataError?
    source.forEachBlock { range, block in
      guard problem == nil, let (row, column) = block.firstNonFinite else { return }
      problem = .nonFinite(
        row: first + range.lowerBound + row, column: column, value: block[row, column])
    }
    if let problem { throw problem }
    (rows, self.labels, self.classes) = (.source(source), labels, classes)
  }

  private static func check(
    _ shape: [Int], _ labels: [Int], _ classes: Int, _ first: Int, mayBeEmpty: Bool
  ) throws(TrainingDataError) {
    guard shape[0] == labels.count else {
      throw .labelCount(rows: shape[0], labels: labels.count)
    }
    guard shape[0] > 0 || mayBeEmpty, shape[1] > 0 else { throw .empty(shape: shape) }
    guard classes >= 2 else { throw .tooFewClasses(classes) }
    if let row = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      throw .label(row: first + row, label: labels[row], classes: classes)
    }
  }

  /// n, the rows of this rank.
  public var count: Int { labels.count }
  /// d, the width of an embedding.
  public var dimension: Int {
    switch rows {
    case .memory(let matrix): matrix.columns
    case .source(let source): source.columns
    }
  }

  /// X, one embedding a row, `[n, d]`; all finite.
  /// - Precondition: the rows are in memory, `source` is nil.
  public var features: Matrix<Float> {
    guard case .memory(let matrix) = rows else {
      preconditionFailure("rows [\(count), \(dimension)] are not in memory")
    }
    return matrix
  }

  /// Where the rows are read from, if they are not in memory.
  public var source: (any RowSource)? {
    if case .source(let source) = rows { source } else { nil }
  }

  /// Y, one-hot, `[n, C]`.
  func targets<S: BLASScalar>(as type: S.Type) -> Matrix<S> {
    var y = Matrix<S>(rows: labels.count, columns: classes)
    let classes = classes
    unsafe y.withUnsafeMutableElements { y in
      for (row, label) in labels.enumerated() { unsafe y[row * classes + label] = 1 }
    }
    return y
  }
}

/// What can be wrong with embeddings and labels. Rows and columns count from 0, rows through those of all
/// ranks.
public enum TrainingDataError: Error, Equatable, CustomStringConvertible {
  case labelCount(rows: Int, labels: Int)
  case empty(shape: [Int])
  case tooFewClasses(Int)
  case nonFinite(row: Int, column: Int, value: Float)
  case label(row: Int, label: Int, classes: Int)
  case width(expected: Int, found: Int)

  public var description: String {
    switch self {
    case .labelCount(let rows, let labels): "\(rows) embeddings but \(labels) labels"
    case .empty(let shape): "embeddings of shape \(shape): nothing to train on"
    case .tooFewClasses(let count): "\(count) class(es): a detector needs at least 2 languages"
    case .nonFinite(let row, let column, let value):
      "embeddings: row \(row), column \(column) is \(value); remove the row or encode it again"
    case .label(let row, let label, let classes):
      "labels: row \(row) has label \(label), outside 0..<\(classes)"
    case .width(let expected, let found):
      "embeddings have width \(found), the others \(expected)"
    }
  }
}
