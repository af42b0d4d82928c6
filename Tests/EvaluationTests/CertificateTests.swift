import Testing

@testable import Evaluation

@Suite struct CertificateTests {
  /// Margins and B are such that every radius m / (2B) is a double without rounding.
  @Test func radiiByHand() {
    let certificate = Certificate(
      margins: [4, 2, 1, -3], lipschitz: 2, radii: [0.5, 0, 0.25, 1, 1.25])
    #expect(Certificate.radii(margins: [4, 2, 1, -3], lipschitz: 2) == [1, 0.5, 0.25, 0])
    #expect(certificate.lipschitz == 2)
    #expect(certificate.clips == 4)
    #expect(certificate.medianRadius == 0.375)  // between 0.25 and 0.5; the wrong one counts as 0
    #expect(certificate.certifiedAccuracy.map(\.radius) == [0, 0.25, 0.5, 1, 1.25])
    #expect(certificate.certifiedAccuracy.map(\.accuracy) == [0.75, 0.75, 0.5, 0.25, 0])
  }

  @Test func oddCountHasAMiddle() {
    #expect(Certificate(margins: [2, -1, 6], lipschitz: 1).medianRadius == 1)
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
    let margins = (0..<50).map { Float($0) - 5 }
    let curve = Certificate(margins: margins, lipschitz: 31).certifiedAccuracy
    #expect(curve.first?.accuracy == 0.88)  // the 44 margins above 0
    let accuracies = curve.map(\.accuracy)
    #expect(accuracies == accuracies.sorted(by: >))
    #expect(try #require(accuracies.last) <= 1 / 50.0)
  }

  @Test func uselessNumbersCertifyNothing() {
    let certificate = Certificate(margins: [.nan, 0, -.infinity], lipschitz: .nan)
    #expect(certificate.lipschitz == nil)
    #expect(certificate.medianRadius == 0)
    #expect(certificate.certifiedAccuracy.map(\.accuracy) == [0])
    let empty = Certificate(margins: [], lipschitz: 1)
    #expect(empty.medianRadius == nil)
    #expect(empty.certifiedAccuracy.isEmpty)
    // A head of zeros: B = 0, all margins 0.
    #expect(Certificate(margins: [0], lipschitz: 0).certifiedAccuracy.map(\.accuracy) == [0])
  }
}
