import Foundation

/// The values that a side of a picture stands for, and its ticks.
struct Axis {
  let low, high: Double
  let isLogarithmic: Bool
  let ticks: [Double]

  /// From `values` to round numbers around them; from 0 where `fromZero`.
  init(_ values: [Double], fromZero: Bool = false, most: Double? = nil) {
    let finite = values.filter(\.isFinite)
    var low = fromZero ? min(0, finite.min() ?? 0) : finite.min() ?? 0
    var high = finite.max() ?? 1
    if let most { high = max(high, most) }
    if high - low < 1e-12 * max(abs(high), 1) { (low, high) = (low - 0.5, high + 0.5) }
    let step = Self.roundStep((high - low) / 5)
    let first = Int((low / step).rounded(.down))
    let last = Int((high / step - 1e-9).rounded(.up))
    ticks = (first...max(last, first + 1)).map { Double($0) * step }
    (self.low, self.high) = (ticks[0], ticks[ticks.count - 1])
    isLogarithmic = false
  }

  /// Powers of ten around the values above zero.
  init(logarithmic values: [Double]) {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    let first = Int(log10(positive.min() ?? 0.1).rounded(.down))
    let last = max(first + 1, Int(log10(positive.max() ?? 1).rounded(.up)))
    let stride = max(1, (last - first + 5) / 6)
    ticks = Swift.stride(from: first, through: last, by: stride).map { pow(10, Double($0)) }
    (low, high) = (pow(10, Double(first)), pow(10, Double(last)))
    isLogarithmic = true
  }

  /// Where a value lies between `from` and `to`.
  func place(_ value: Double, _ from: Double, _ to: Double) -> Double {
    let (value, low, high) =
      isLogarithmic
      ? (log10(max(value, self.low)), log10(self.low), log10(self.high)) : (value, low, high)
    return from + (value - low) / (high - low) * (to - from)
  }

  /// 1, 2 or 5 times a power of ten, at least `least`.
  static func roundStep(_ least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    return ([1, 2, 5].first { $0 * power >= least * (1 - 1e-9) } ?? 10) * power
  }

  static func label(_ value: Double) -> String {
    let text = String(format: "%.4g", value)
    return text == "-0" ? "0" : text
  }
}
