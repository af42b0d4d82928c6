/// Successive halving: all trials go a few iterations, the best of them go on to several times as many,
/// and so on. Jamieson & Talwalkar, AISTATS 2016, Algorithm 1.
public struct Halving: Sendable, Equatable {
  /// Iterations of the first rung.
  public let firstIterations: Int
  /// η: one in so many trials goes on, to as many times the iterations.
  public let factor: Int

  /// - Precondition: at least 1 iteration, a factor of at least 2.
  public init(firstIterations: Int, factor: Int) {
    precondition(
      firstIterations >= 1 && factor >= 2, "\(firstIterations) iterations, 1 in \(factor)")
    (self.firstIterations, self.factor) = (firstIterations, factor)
  }

  /// The iterations of each rung, ascending, the last one `all`.
  public func rungs(of all: Int) -> [Int] {
    var rungs: [Int] = []
    var next = firstIterations
    while next < all {
      rungs.append(next)
      let (product, overflow) = next.multipliedReportingOverflow(by: factor)
      if overflow { break }
      next = product
    }
    return rungs + [all]
  }

  /// How many of the trials of a rung go on to the next: one in `factor`, rounded up.
  public func survivors(of count: Int) -> Int { (count + factor - 1) / factor }
}
