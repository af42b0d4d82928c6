import Evaluation
import Foundation
import LinearAlgebra

extension Sampler {
  /// A trial that has ended: its settings, and its value, smaller being better; nil for a failed one.
  public struct Observation: Sendable {
    /// A value for each key of the space.
    public var settings: [String: JSONValue]
    /// Smaller is better; nil, which counts as the worst, for a failed trial.
    public var loss: Double?

    /// The trial as it ended; nothing is checked.
    public init(settings: [String: JSONValue], loss: Double?) {
      (self.settings, self.loss) = (settings, loss)
    }
  }

  /// Trials that are drawn at random before the estimators have enough to go by.
  static let startupTrials = 10
  /// Draws from the good ones' density, of which the best is taken.
  private static let candidates = 24

  /// Trial `number` of a search by tree-structured Parzen estimators: the trials so far are parted into
  /// the best ones and the others, a density ℓ(x) and g(x) is fitted to each part, and of some draws from ℓ
  /// the one with the largest ℓ/g is taken, parameter by parameter.
  /// Bergstra, Bardenet, Bengio & Kégl, NIPS 2011, §4.
  public func suggestion(_ number: Int, after observed: [Observation]) -> [String: JSONValue] {
    let sorted = observed.sorted { ($0.loss ?? .infinity) < ($1.loss ?? .infinity) }
    guard sorted.count >= Self.startupTrials else { return space.settings(at: random(number)) }
    let goodCount = max(2, Int((0.15 * Double(sorted.count)).rounded(.up)))
    let (good, bad) = (sorted.prefix(goodCount), sorted.dropFirst(goodCount))
    var generator = SeededGenerator(seed: seed, purpose: ["tpe", "\(number)"])
    var settings: [String: JSONValue] = [:]
    for parameter in space.parameters {
      func places(_ part: ArraySlice<Observation>) -> [Double] {
        part.compactMap { $0.settings[parameter.key].flatMap(parameter.place) }
      }
      if case .choice(let values) = parameter.domain {
        let (likely, unlikely) = (
          Self.frequencies(places(good), values.count), Self.frequencies(places(bad), values.count)
        )
        let drawn = (0..<Self.candidates).map { _ in Self.draw(likely, generator.unit()) }
        let best = drawn.max { likely[$0] / unlikely[$0] < likely[$1] / unlikely[$1] } ?? 0
        settings[parameter.key] = values[best]
      } else {
        let (likely, unlikely) = (ParzenDensity(places(good)), ParzenDensity(places(bad)))
        let drawn = (0..<Self.candidates).map { _ in likely.draw(&generator) }
        let best = drawn.max {
          likely(at: $0) / unlikely(at: $0) < likely(at: $1) / unlikely(at: $1)
        }
        settings[parameter.key] = parameter.value(at: best ?? 0.5)
      }
    }
    return settings
  }

  /// Shares of the choices, each counted once more than it was seen.
  static func frequencies(_ seen: [Double], _ count: Int) -> [Double] {
    var counts = [Double](repeating: 1, count: count)
    for index in seen { counts[Int(index)] += 1 }
    let sum = counts.reduce(0, +)
    return counts.map { $0 / sum }
  }

  private static func draw(_ shares: [Double], _ place: Double) -> Int {
    var sum = 0.0
    for (index, share) in shares.enumerated() {
      sum += share
      if place < sum { return index }
    }
    return shares.count - 1
  }
}

/// A mixture of Gaussians cut off at 0 and 1, one at each point seen and a wide one in the middle; each is
/// as wide as the larger gap to its neighbours.
struct ParzenDensity {
  private let means, widths: [Double]

  init(_ points: [Double]) {
    let means = (points + [0.5]).sorted()
    let prior = means.firstIndex(of: 0.5) ?? 0
    let narrowest = 1 / min(100, Double(means.count) + 1)
    widths = means.indices.map { i in
      guard i != prior else { return 1 }
      let left = means[i] - (i > 0 ? means[i - 1] : 0)
      let right = (i + 1 < means.count ? means[i + 1] : 1) - means[i]
      return min(max(left, right, narrowest), 1)
    }
    self.means = means
  }

  func callAsFunction(at x: Double) -> Double {
    zip(means, widths).reduce(0) { sum, kernel in
      let (mean, width) = kernel
      let z = (x - mean) / width
      return sum + exp(-z * z / 2) / (width * Self.mass(mean, width))
    } / Double(means.count)
  }

  func draw(_ generator: inout SeededGenerator) -> Double {
    let i = generator.below(means.count)
    while true {
      let x = means[i] + widths[i] * generator.normal()
      if (0..<1).contains(x) { return x }
    }
  }

  /// The share of a Gaussian between 0 and 1, times √2π.
  private static func mass(_ mean: Double, _ width: Double) -> Double {
    func below(_ x: Double) -> Double { 0.5 * erfc(-(x - mean) / (width * 2.0.squareRoot())) }
    return (below(1) - below(0)) * (2 * Double.pi).squareRoot()
  }
}
