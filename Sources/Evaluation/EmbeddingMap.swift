import LinearAlgebra

/// The test clips in the plane of the two directions along which embeddings vary most.
public struct EmbeddingMap: Sendable, Equatable, Codable {
  /// A clip: its coordinates along the two axes, in the embeddings' units, its true language, and
  /// the one that the main head took it for.
  public struct Point: Sendable, Equatable, Codable {
    public var x, y: Double
    public var language, predicted: String
  }

  /// Shares of the variance that the two axes carry, 0 … 1.
  public var explained: [Double]
  /// A point for each clip, in their order.
  public var points: [Point]

  /// Principal components of the rows of `embeddings` `[n, d]`, centred.
  ///
  /// The smaller of XXᵀ and XᵀX is taken apart. Signs are such that the largest coordinate of each
  /// axis is positive, so that the same clips give the same picture.
  /// - Precondition: as many languages and predictions as rows.
  /// - Throws: `LAPACKError`.
  public init(
    embeddings: Matrix<Float>, languages: [String], predictions: [String]
  ) throws(LAPACKError) {
    precondition(
      embeddings.rows == languages.count && languages.count == predictions.count,
      "embeddings \(embeddings.shape), \(languages.count) languages, \(predictions.count) predictions"
    )
    var x = embeddings.converted(to: Double.self)
    let mean = multiply(
      x, [Double](repeating: 1 / Double(max(x.rows, 1)), count: x.rows), transposeA: true)
    let columns = x.columns
    unsafe x.withUnsafeMutableElements { e in
      for i in e.indices { unsafe e[i] -= mean[i % columns] }
    }
    let wide = x.columns > x.rows
    let eigen = try SymmetricEigen(wide ? lowerGramOfRows(x) : gram(x))
    let total = eigen.values.reduce(0) { $0 + max($1, 0) }
    explained = []
    var axes: [[Double]] = []
    for place in 0..<2 {
      let k = eigen.values.count - 1 - place
      guard k >= 0, total > 0 else {
        explained.append(0)
        axes.append([Double](repeating: 0, count: x.rows))
        continue
      }
      let value = max(eigen.values[k], 0)
      let vector = (0..<eigen.vectors.rows).map { eigen.vectors[$0, k] }
      var axis = wide ? vector.map { $0 * value.squareRoot() } : multiply(x, vector)
      if let largest = axis.max(by: { abs($0) < abs($1) }), largest < 0 { axis = axis.map { -$0 } }
      explained.append(value / total)
      axes.append(axis)
    }
    points = languages.indices.map {
      Point(x: axes[0][$0], y: axes[1][$0], language: languages[$0], predicted: predictions[$0])
    }
  }
}
