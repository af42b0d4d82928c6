extension Interval {
  /// 97.5 % quantiles of Student's t for 1, 2, … degrees of freedom. For ν beyond them z + 2.4/ν is
  /// taken: the first term of the expansion, (z³ + z)/(4ν) = 2.37/ν, rounded up.
  /// Abramowitz & Stegun, 26.7.5.
  private static let quantiles = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
  ]

  /// Student's 95 % interval of the mean of independent values.
  /// - Parameters:
  ///   - values: at least two.
  ///   - possible: what a value can be; the interval is cut off there.
  /// - Returns: nil for fewer than two.
  public static func mean(
    _ values: [Double], within possible: ClosedRange<Double> = -Double.infinity...(.infinity)
  ) -> Interval? {
    guard values.count > 1 else { return nil }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    let freedom = values.count - 1
    let t = freedom <= quantiles.count ? quantiles[freedom - 1] : z + 2.4 / Double(freedom)
    let half = t * (variance / n).squareRoot()
    return Interval(
      lower: max(mean - half, possible.lowerBound), upper: min(mean + half, possible.upperBound))
  }
}
