import Foundation

/// Numbers as the tables show them; "–" for what is missing.
enum NumberFormat {
  static let missing = "–"

  /// Two decimals: a value in percent. Zero has no sign.
  static func percent(_ value: Double?) -> String {
    guard let value else { return missing }
    let text = String(format: "%.2f", value)
    return text == "-0.00" ? "0.00" : text
  }

  /// Two decimals, in percent: a share in 0 … 1.
  static func share(_ value: Double?) -> String { percent(value.map { 100 * $0 }) }

  /// Two decimals each: an interval in percent.
  static func percents(_ interval: Interval?) -> String {
    interval.map { "\(percent($0.lower)) … \(percent($0.upper))" } ?? missing
  }

  /// In percent: an interval of shares in 0 … 1.
  static func shares(_ interval: Interval?) -> String {
    percents(interval?.percent)
  }

  /// Two significant digits.
  static func probability(_ value: Double) -> String {
    value < 1e-4 ? "< 0.0001" : String(format: "%.2g", value)
  }

  /// Four significant digits.
  static func general(_ value: Double?) -> String {
    value.map { String(format: "%.4g", $0) } ?? missing
  }

  /// A count of operations as TFLOP, four significant digits.
  static func teraFLOP(_ operations: Int?) -> String {
    general(operations.map { Double($0) / 1e12 })
  }

  /// Seconds, three significant digits; a time too short to mean anything is said to be short.
  static func duration(_ value: Double?) -> String {
    guard let value else { return missing }
    return value < 0.001 ? "< 0.001" : String(format: value < 100 ? "%.3g" : "%.0f", value)
  }

  /// One decimal.
  static func seconds(_ value: Double?) -> String {
    value.map { String(format: "%.1f", $0) } ?? missing
  }
}
