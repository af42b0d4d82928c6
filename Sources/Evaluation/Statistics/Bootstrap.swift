import LinearAlgebra

/// Percentile intervals of error rates by resampling clips with replacement: the edits and the lengths
/// of the drawn clips are summed as the rate itself sums them. The draws depend on the seed alone, so
/// that heads compared on the same clips see the same ones.
///
/// Bisani & Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation", ICASSP
/// 2004.
public struct Bootstrap: Sendable, Equatable {
  /// How often clips are drawn: 0 or more, and 0 gives no intervals.
  public var resamples: Int
  /// Of the draws.
  public var seed: Int

  /// - Precondition: `resamples ≥ 0`; 0 gives no intervals.
  public init(resamples: Int = 1000, seed: Int = 0) {
    precondition(resamples >= 0, "resamples: \(resamples)")
    (self.resamples, self.seed) = (resamples, seed)
  }

  /// The interval of 100 · Σ edits / Σ lengths.
  /// - Parameter clips: edits and reference length of each clip.
  /// - Returns: nil without resamples, or below two clips.
  public func interval(_ clips: [(edits: Int, length: Int)]) -> Interval? {
    percentiles(clips.count) { draw in
      var (edits, length) = (0, 0)
      for i in draw {
        edits += clips[i].edits
        length += clips[i].length
      }
      return 100 * EditCounts.rate(edits, length)
    }
  }

  /// The interval of the difference of two rates on the same clips, first less second.
  /// - Precondition: as many clips in each, in the same order.
  public func difference(
    _ first: [(edits: Int, length: Int)], _ second: [(edits: Int, length: Int)]
  ) -> Interval? {
    precondition(first.count == second.count, "\(first.count) clips, \(second.count)")
    return percentiles(first.count) { draw in
      var (a, b, length, other) = (0, 0, 0, 0)
      for i in draw {
        a += first[i].edits
        b += second[i].edits
        length += first[i].length
        other += second[i].length
      }
      return 100 * (EditCounts.rate(a, length) - EditCounts.rate(b, other))
    }
  }

  private func percentiles(_ count: Int, _ statistic: ([Int]) -> Double) -> Interval? {
    guard resamples > 0, count > 1 else { return nil }
    var generator = SeededGenerator(seed: seed, purpose: ["bootstrap"])
    var draw = [Int](repeating: 0, count: count)
    var values: [Double] = []
    values.reserveCapacity(resamples)
    for _ in 0..<resamples {
      for i in draw.indices { draw[i] = generator.below(count) }
      values.append(statistic(draw))
    }
    values.sort()
    return Interval(lower: Self.quantile(values, 0.025), upper: Self.quantile(values, 0.975))
  }

  /// Linear between the order statistics, as NumPy's default is.
  static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }
}
