import Foundation

/// McNemar's test of whether two heads, asked about the same clips, are right equally often: it looks
/// at the clips on which exactly one of them is right. The p-value is the exact binomial one, two-sided.
/// Q. McNemar, Psychometrika 12 (1947).
public struct McNemar: Sendable, Equatable {
  /// How many clips only the first, and only the second head has right.
  public let onlyFirst, onlySecond: Int

  public init(onlyFirst: Int, onlySecond: Int) {
    (self.onlyFirst, self.onlySecond) = (onlyFirst, onlySecond)
  }

  /// - Precondition: as many clips in each, in the same order.
  public init(first: [Bool], second: [Bool]) {
    precondition(first.count == second.count, "\(first.count) clips, \(second.count)")
    self.init(
      onlyFirst: zip(first, second).count { $0 && !$1 },
      onlySecond: zip(first, second).count { !$0 && $1 })
  }

  /// min(1, 2·P[X ≤ min(b, c)]), X binomial over b + c coin tosses; 1 when the heads never differ.
  public var pValue: Double {
    let (n, k) = (onlyFirst + onlySecond, min(onlyFirst, onlySecond))
    guard n > 0 else { return 1 }
    // By logarithms: 2⁻ⁿ alone is nothing from n = 1075 on.
    let whole = lgamma(Double(n) + 1) - Double(n) * log(2)
    let tail = (0...k).reduce(0.0) { sum, i in
      sum + exp(whole - lgamma(Double(i) + 1) - lgamma(Double(n - i) + 1))
    }
    return min(1, 2 * tail)
  }
}
