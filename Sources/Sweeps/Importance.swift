import Evaluation

/// How much of the objective's variance over the trials a parameter accounts for by itself.
public struct Importance: Sendable, Equatable {
  /// The parameter's key path in the config.
  public let key: String
  /// 0 … 1; the parts of several parameters need not add up to 1: they may act together.
  public let share: Double

  /// For each parameter: ω², the share of variance between groups of trials with like values, less what
  /// chance would give (Hays 1963). Numbers are parted into up to five groups of equal size.
  /// - Parameter values: settings and objective of trials at the same number of iterations.
  public static func shares(
    _ space: SearchSpace, _ values: [(settings: [String: JSONValue], value: Double)]
  ) -> [Importance] {
    space.parameters.map { parameter in
      let points = values.compactMap { entry in
        entry.settings[parameter.key].flatMap(parameter.place).map { ($0, entry.value) }
      }
      return Importance(key: parameter.key, share: share(groups(points)))
    }.sorted { ($1.share, $0.key) < ($0.share, $1.key) }
  }

  /// The values of groups of like places.
  static func groups(_ points: [(place: Double, value: Double)]) -> [[Double]] {
    let byPlace = Dictionary(grouping: points, by: \.place).sorted { $0.key < $1.key }
    guard byPlace.count > 5 else { return byPlace.map { $0.value.map(\.value) } }
    let sorted = byPlace.flatMap(\.value)
    return (0..<5).map { part in
      sorted[(part * sorted.count / 5)..<((part + 1) * sorted.count / 5)].map(\.value)
    }
  }

  static func share(_ groups: [[Double]]) -> Double {
    let all = groups.flatMap { $0 }
    let (n, k) = (Double(all.count), Double(groups.count))
    guard k > 1, n > k else { return 0 }
    let mean = all.reduce(0, +) / n
    func squares(_ values: [Double], around center: Double) -> Double {
      values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    }
    let total = squares(all, around: mean)
    guard total > 0 else { return 0 }
    let within = groups.reduce(0.0) { sum, group in
      sum + squares(group, around: group.reduce(0, +) / Double(max(group.count, 1)))
    }
    let noise = within / (n - k)
    return min(max((total - within - (k - 1) * noise) / (total + noise), 0), 1)
  }
}
