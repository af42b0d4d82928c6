import Foundation

/// Numbers as the tables show them; "–" for what is missing.
enum NumberFormat {
  static let missing = "–"

  /// Two decimals: a value in percent.
  static func percent(_ value: Double?) -> String {
    value.map { String(format: "%.2f", $0) } ?? missing
  }

  /// Two decimals, in percent: a share in 0 … 1.
  static func share(_ value: Double?) -> String { percent(value.map { 100 * $0 }) }

  /// Four significant digits.
  static func general(_ value: Double?) -> String {
    value.map { String(format: "%.4g", $0) } ?? missing
  }

  /// A count of operations as TFLOP, four significant digits.
  static func teraFLOP(_ operations: Int?) -> String {
    general(operations.map { Double($0) / 1e12 })
  }

  /// One decimal.
  static func seconds(_ value: Double?) -> String {
    value.map { String(format: "%.1f", $0) } ?? missing
  }
}
