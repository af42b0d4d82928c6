/// Two heads on the same clips.
public struct HeadComparison: Sendable, Equatable, Codable {
  /// Names of heads.
  public var first, second: String
  /// Those that both answered.
  public var clips: Int
  /// Clips that only the first, and only the second has right.
  public var onlyFirst, onlySecond: Int
  /// Of McNemar's test, exact and two-sided.
  public var pValue: Double
  /// WER of the first less that of the second, in points of percent; nil where one has no text.
  @OrNull public var werDifference: Double?
  /// Its 95 % interval, of a bootstrap over the same clips.
  @OrNull public var werDifferenceInterval: Interval?

  private enum CodingKeys: String, CodingKey {
    case first, second, clips
    case onlyFirst = "only_first"
    case onlySecond = "only_second"
    case pValue = "p_value"
    case werDifference = "wer_difference"
    case werDifferenceInterval = "wer_difference_interval"
  }

  /// - Parameters:
  ///   - first: a head's name.
  ///   - second: the other's.
  ///   - right: whether each head is right about each clip.
  ///   - edits: word edits and reference length of each clip for each head.
  ///   - bootstrap: of the interval of the WER difference.
  public init(
    first: String, second: String, right: (first: [Bool], second: [Bool]),
    edits: (first: [(edits: Int, length: Int)], second: [(edits: Int, length: Int)])? = nil,
    bootstrap: Bootstrap = .init()
  ) {
    let test = McNemar(first: right.first, second: right.second)
    (self.first, self.second, clips) = (first, second, right.first.count)
    (onlyFirst, onlySecond, pValue) = (test.onlyFirst, test.onlySecond, test.pValue)
    func rate(_ clips: [(edits: Int, length: Int)]) -> Double {
      EditCounts.rate(clips.reduce(0) { $0 + $1.edits }, clips.reduce(0) { $0 + $1.length })
    }
    _werDifference = OrNull(
      wrappedValue: edits.map { 100 * (rate($0.first) - rate($0.second)) })
    _werDifferenceInterval = OrNull(
      wrappedValue: edits.flatMap { bootstrap.difference($0.first, $0.second) })
  }
}
