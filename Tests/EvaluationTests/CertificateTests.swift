import Cronos
import Foundation
import LinearAlgebra
import Testing

@testable import Evaluation

@Suite struct CertificateTests {
  /// Three classes with B_k = 1, 3, 7: every radius is a double without rounding.
  @Test func radiiByHand() {
    let logits = Matrix<Float>(
      rows: 4, columns: 3,
      [
        8, 4, 4,  // class 0: 4/(1 + 3), 4/(1 + 7)
        0, 4, 3,  // class 1: 4/(3 + 1), 1/(3 + 7)
        0, 0, 4,  // class 2: 4/(7 + 1), 4/(7 + 3)
        5, 8, 0,  // class 0: wrong
      ])
    let (labels, bounds) = ([0, 1, 2, 0], [1.0, 3, 7])
    #expect(
      Certificate.radii(logits: logits, labels: labels, bounds: bounds) == [0.5, 0.1, 0.4, 0])
    let certificate = Certificate(
      logits: logits, labels: labels, bounds: bounds, radii: [0.5, 0, 0.4, 0.6])
    #expect(certificate.lipschitz == 11 && certificate.classBounds == bounds)
    #expect(certificate.clips == 4)
    #expect(certificate.medianRadius == 0.25)  // between 0.1 and 0.4; the wrong one counts as 0
    #expect(certificate.certifiedAccuracy.map(\.radius) == [0, 0.4, 0.5, 0.6])
    #expect(certificate.certifiedAccuracy.map(\.accuracy) == [0.75, 0.5, 0.25, 0])
  }

  /// Two classes of bound 1/2: the radius of a margin is the margin.
  private func certificate(margins: [Float]) -> Certificate {
    Certificate(
      logits: Matrix(rows: margins.count, columns: 2) { i, j in j == 0 ? margins[i] : 0 },
      labels: margins.map { _ in 0 }, bounds: [0.5, 0.5])
  }

  @Test func oddCountHasAMiddle() {
    #expect(certificate(margins: [1, -1, 3]).medianRadius == 1)
  }

  @Test(arguments: [
    (1.0, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
    (0.017, [0, 0.002, 0.004, 0.006, 0.008, 0.01, 0.012, 0.014, 0.016, 0.018]),
    (21, [0, 5, 10, 15, 20, 25]),
    (60, [0, 10, 20, 30, 40, 50, 60]),
    (0, [0]), (.infinity, [0]), (-1, [0]), (.nan, [0]),
  ])
  func roundRadii(largest: Double, radii: [Double]) {
    #expect(Certificate.roundRadii(upTo: largest) == radii)
  }

  @Test func curveFallsToZero() throws {
    let curve = certificate(margins: (0..<50).map { Float($0) - 5 }).certifiedAccuracy
    #expect(curve.first?.accuracy == 0.88)  // the 44 margins above 0
    let accuracies = curve.map(\.accuracy)
    #expect(accuracies == accuracies.sorted(by: >))
    // The last radius is the largest, or just past it: one clip of 50, or none.
    #expect(try #require(accuracies.last) <= 1 / 50.0)
  }

  @Test func uselessNumbersCertifyNothing() {
    let useless = certificate(margins: [.nan, 0, -.infinity, .infinity])
    #expect(useless.medianRadius == 0)
    #expect(useless.certifiedAccuracy.map(\.accuracy) == [0])
    let empty = certificate(margins: [])
    #expect(empty.medianRadius == nil && empty.certifiedAccuracy.isEmpty)
    let logits = Matrix<Float>(rows: 1, columns: 2, [1, 0])
    let unbounded = Certificate(logits: logits, labels: [0], bounds: [1, .nan])
    #expect(unbounded.lipschitz == nil && unbounded.classBounds == nil)
    #expect(unbounded.medianRadius == 0)
    // A head of zeros: B = 0, all margins 0.
    #expect(Certificate.radius(logits: [0, 0], of: 0, bounds: [0, 0]) == 0)
    #expect(Certificate.radius(logits: [1, .nan, 0], of: 0, bounds: [1, 1, 1]) == 0)
  }

  /// Reports of version 0.1 have the one bound alone.
  @Test func olderReportsAreRead() throws {
    let text = #"{"certified_accuracy":[],"clips":3,"lipschitz":2,"median_radius":0.5}"#
    let old = try JSONDecoder().decode(Certificate.self, from: Data(text.utf8))
    #expect(old.classBounds == nil && old.lipschitz == 2)
    var report = ReportSample.report()
    report.certificate = old
    #expect(report.markdown.contains("Lipschitz bound B = 2; a prediction of margin m holds"))
  }

  // MARK: Of heads

  /// Random heads whose classes differ in size: no change within the radius changes an answer, neither
  /// one in a random direction nor the one that the gradient recommends. The seed is another each time, and
  /// an argument, so that every message tells it.
  @Test(arguments: [UInt64.random(in: .min ... .max)])
  func answersHoldWithinTheRadius(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    func random(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      var elements: [Float] = []
      for _ in 0..<(rows * columns) { elements.append(Float(generator.unit() - 0.5)) }
      return Matrix(rows: rows, columns: columns, elements)
    }
    func norm(_ row: [Float]) -> Double {
      row.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    for classes in [2, 4] {
      let (d, units) = (12, 6)
      var output = random(classes, units)
      for c in 0..<classes { for j in 0..<units { output[c, j] *= Float(c * c + 1) } }
      let head = ConvexHead(
        hiddenWeights: random(d, classes * units), outputWeights: output)
      guard let bounds = head.lipschitzBounds, let total = head.lipschitzBound else {
        Issue.record("no bound")
        return
      }
      for x in (0..<20).map({ _ in random(1, d) }) {
        let logits = head.logits(x).row(0)
        let y = head.logits(x).argmaxOfRows()[0]
        let radius = Certificate.radius(logits: logits, of: y, bounds: bounds)
        let next = logits.indices.filter { $0 != y }.map { logits[$0] }.max() ?? 0
        // The paper's radius. Ours is at least twice that, for no two bounds are more than all of them;
        // a difference of float32 is rounded by half an ulp.
        let global = Double(logits[y] - next) / (2 * total)
        #expect(radius >= 2 * global * (1 - Double(Float.ulpOfOne)))
        var directions = (0..<50).map { _ in random(1, d).row(0) }
        for k in 0..<classes where k != y {
          // −∇(f_y − f_k) at x.
          directions.append(
            (0..<d).map { a in
              var slope: Float = 0
              for (c, sign) in [(y, Float(-1)), (k, 1)] {
                for j in 0..<units {
                  let unit = (0..<d).map { head.hiddenWeights[$0, c * units + j] }
                  let isOpen = zip(unit, x.row(0)).reduce(0) { $0 + $1.0 * $1.1 } > 0
                  if isOpen { slope += sign * output[c, j] * unit[a] }
                }
              }
              return slope
            })
        }
        for direction in directions where norm(direction) > 0 {
          // Logits are float32: 1 % within is beyond their rounding.
          let length = Float(0.99 * radius / norm(direction))
          let moved = Matrix(
            rows: 1, columns: d, zip(x.row(0), direction).map { $0 + length * $1 })
          #expect(head.logits(moved).argmaxOfRows() == [y])
        }
      }
    }
  }

  /// f = (−relu(x), 2·relu(x)) at x = 1: 3/(1 + 2), and at x = 0 the first class wins the tie.
  @Test func theRadiusIsReached() {
    let head = ConvexHead(
      hiddenWeights: Matrix(rows: 1, columns: 2, [1, 1]),
      outputWeights: Matrix(rows: 2, columns: 1, [-1, 2]))
    #expect(head.lipschitzBounds == [1, 2])
    func answer(_ x: Float) -> Int {
      head.logits(Matrix(rows: 1, columns: 1, [x])).argmaxOfRows()[0]
    }
    #expect(Certificate.radius(logits: [-1, 2], of: 1, bounds: [1, 2]) == 1)
    #expect(answer(1) == 1 && answer(0.001) == 1 && answer(0) == 0)
  }
}
