/// A 95 % interval: of a share in 0 … 1 (Wilson), or of an error rate in percent (bootstrap).
public struct Interval: Sendable, Equatable, Codable {
  public var lower, upper: Double

  public init(lower: Double, upper: Double) { (self.lower, self.upper) = (lower, upper) }

  /// That of a share, in percent.
  public var percent: Interval { Interval(lower: 100 * lower, upper: 100 * upper) }

  /// Φ⁻¹(0.975).
  static let z = 1.959963984540054

  /// Wilson's score interval of a binomial proportion: never outside 0 … 1, and of positive width
  /// when all or none are right. E. B. Wilson, JASA 22 (1927).
  /// - Returns: nil without trials.
  public static func wilson(correct: Int, of count: Int) -> Interval? {
    guard count > 0 else { return nil }
    let (n, p) = (Double(count), Double(correct) / Double(count))
    let middle = p + z * z / (2 * n)
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return Interval(
      lower: correct == 0 ? 0 : max(0, (middle - half) / scale),
      upper: correct == count ? 1 : min(1, (middle + half) / scale))
  }
}
