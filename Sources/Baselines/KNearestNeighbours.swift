import LinearAlgebra

/// Settings of a k-nearest-neighbour head.
public struct KNNSettings: Sendable, Equatable, Codable {
  /// ‖x − z‖₂, 1 − cos(x, z), or ‖x − z‖₁.
  public enum Metric: String, Sendable, Codable, CaseIterable { case euclidean, cosine, manhattan }
  /// What a neighbour's vote counts: 1, or one over its distance.
  public enum Weighting: String, Sendable, Codable, CaseIterable { case uniform, distance }

  /// Neighbours that vote, 1 to the number of training rows.
  public var k: Int
  /// The distance.
  public var metric: Metric
  /// What a vote counts.
  public var weights: Weighting
  /// Whether the columns are brought to mean 0 and variance 1 first.
  public var standardise: Bool

  /// scikit-learn's defaults, on standardised columns.
  public init(
    k: Int = 5, metric: Metric = .euclidean, weights: Weighting = .uniform, standardise: Bool = true
  ) {
    (self.k, self.metric, self.weights, self.standardise) = (k, metric, weights, standardise)
  }
}

/// The k training rows that are nearest to an embedding vote for their languages; scores are the
/// shares of the votes, and of equal ones the first language wins, as in scikit-learn.
struct KNearestNeighbours: Sendable {
  let settings: KNNSettings
  /// The training rows, `[n, d]`.
  let rows: Matrix<Float>
  /// Of each row.
  let labels: [Int]
  let classes: Int

  /// A training row and how far it is.
  struct Neighbour: Sendable, Equatable {
    let row: Int
    let distance: Double
  }

  func scores(_ x: Matrix<Float>) -> Matrix<Float> {
    let neighbours = Self.neighbours(of: x, among: rows, k: settings.k, metric: settings.metric)
    return Self.votes(neighbours.map { $0[...] }, settings.weights, labels, classes: classes)
  }

  /// The shares of the votes, `[n, C]`. A neighbour at distance zero outvotes all that are not.
  static func votes(
    _ neighbours: [ArraySlice<Neighbour>], _ weights: KNNSettings.Weighting, _ labels: [Int],
    classes: Int
  ) -> Matrix<Float> {
    var scores = Matrix<Float>(rows: neighbours.count, columns: classes)
    for (i, near) in neighbours.enumerated() {
      var votes = [Double](repeating: 0, count: classes)
      let coincident = near.contains { $0.distance == 0 }
      for neighbour in near {
        let vote: Double =
          switch weights {
          case .uniform: 1
          case .distance where coincident: neighbour.distance == 0 ? 1 : 0
          case .distance: 1 / neighbour.distance
          }
        votes[labels[neighbour.row]] += vote
      }
      let sum = votes.reduce(0, +)
      for c in 0..<classes { scores[i, c] = Float(sum > 0 ? votes[c] / sum : 0) }
    }
    return scores
  }

  /// The k nearest of `rows` to each row of `x`, nearest first; of equal ones the first.
  static func neighbours(
    of x: Matrix<Float>, among rows: Matrix<Float>, k: Int, metric: KNNSettings.Metric
  ) -> [[Neighbour]] {
    var result: [[Neighbour]] = []
    result.reserveCapacity(x.rows)
    let prepared = PreparedRows(rows, metric)
    for block in x.rowBlocks(of: 256) {  // the distances of a block stay small
      let distances = prepared.distances(from: x.selectingRows(block))
      for i in 0..<distances.rows { result.append(nearest(distances.row(i), k)) }
    }
    return result
  }

  private static func nearest(_ distances: [Double], _ k: Int) -> [Neighbour] {
    var best: [Neighbour] = []
    for (row, distance) in distances.enumerated() {
      if best.count == k, let last = best.last, distance >= last.distance { continue }
      let place = best.firstIndex { $0.distance > distance } ?? best.count
      best.insert(Neighbour(row: row, distance: distance), at: place)
      if best.count > k { best.removeLast() }
    }
    return best
  }
}

/// Training rows with what a metric needs of them, in float64: the difference of two squares that
/// nearly cancel would lose a float32's digits.
private struct PreparedRows {
  let rows: Matrix<Double>
  let squares: [Double]
  let metric: KNNSettings.Metric

  init(_ rows: Matrix<Float>, _ metric: KNNSettings.Metric) {
    self.metric = metric
    self.rows = Self.prepare(rows, metric)
    squares = Self.squares(self.rows)
  }

  private static func prepare(_ x: Matrix<Float>, _ metric: KNNSettings.Metric) -> Matrix<Double> {
    var x = x.converted(to: Double.self)
    guard metric == .cosine else { return x }
    let norms = squares(x).map { $0 > 0 ? $0.squareRoot() : 1 }
    let columns = x.columns
    unsafe x.withUnsafeMutableElements { e in
      for i in norms.indices {
        for j in 0..<columns { unsafe e[i * columns + j] /= norms[i] }
      }
    }
    return x
  }

  private static func squares(_ x: Matrix<Double>) -> [Double] {
    (0..<x.rows).map { i in
      let row = x.row(i)
      return dot(row, row)
    }
  }

  /// `[x.rows, rows.rows]`.
  func distances(from x: Matrix<Float>) -> Matrix<Double> {
    let x = Self.prepare(x, metric)
    switch metric {
    case .manhattan: return manhattan(x)
    case .euclidean, .cosine:
      var products = multiply(x, rows, transposeB: true)
      let own = Self.squares(x)
      let columns = rows.rows
      unsafe products.withUnsafeMutableElements { p in
        for i in own.indices {
          for j in 0..<columns {
            let product = unsafe p[i * columns + j]
            unsafe p[i * columns + j] =
              metric == .cosine
              ? max(0, 1 - product) : max(0, own[i] + squares[j] - 2 * product).squareRoot()
          }
        }
      }
      return products
    }
  }

  private func manhattan(_ x: Matrix<Double>) -> Matrix<Double> {
    var result = Matrix<Double>(rows: x.rows, columns: rows.rows)
    let (count, d) = (rows.rows, rows.columns)
    unsafe result.withUnsafeMutableElements { target in
      unsafe x.withUnsafeElements { a in
        unsafe rows.withUnsafeElements { b in
          nonisolated(unsafe) let (target, a, b) = unsafe (target, a, b)
          Threads.concurrentRanges(count: x.rows) { range in
            for i in range {
              for j in 0..<count {
                var sum = SIMD4<Double>.zero
                var t = 0
                while t + 4 <= d {
                  let (p, q) = unsafe (
                    SIMD4(a[i * d + t], a[i * d + t + 1], a[i * d + t + 2], a[i * d + t + 3]),
                    SIMD4(b[j * d + t], b[j * d + t + 1], b[j * d + t + 2], b[j * d + t + 3])
                  )
                  let difference = p - q
                  sum += difference.replacing(with: -difference, where: difference .< 0)
                  t += 4
                }
                var rest = 0.0
                while t < d {
                  unsafe rest += abs(a[i * d + t] - b[j * d + t])
                  t += 1
                }
                unsafe target[i * count + j] = sum.sum() + rest
              }
            }
          }
        }
      }
    }
    FLOPCounter.add(3 * x.rows * count * d)
    return result
  }
}
