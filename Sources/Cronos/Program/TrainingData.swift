import LinearAlgebra

/// Embeddings with the class of each, checked: the input of a training run.
public struct LabelledEmbeddings: Sendable {
  /// X, one embedding a row, `[n, d]`; all finite.
  public let features: Matrix<Float>
  /// A class in 0..<classes for each row.
  public let labels: [Int]
  public let classes: Int

  /// - Throws: `TrainingDataError`: the row, column or label that is wrong.
  public init(features: Matrix<Float>, labels: [Int], classes: Int) throws(TrainingDataError) {
    guard features.rows == labels.count else {
      throw .labelCount(rows: features.rows, labels: labels.count)
    }
    guard features.rows > 0, features.columns > 0 else { throw .empty(shape: features.shape) }
    guard classes >= 2 else { throw .tooFewClasses(classes) }
    if let (row, column) = features.firstNonFinite {
      throw .nonFinite(row: row, column: column, value: features[row, column])
    }
    if let row = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      throw .label(row: row, label: labels[row], classes: classes)
    }
    (self.features, self.labels, self.classes) = (features, labels, classes)
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

/// What can be wrong with embeddings and labels.
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
