/// How the paper, and the model cards beside it, turn wall time into "TFLOPs": seconds times 70 % of
/// a GPU's peak. It measures time on that GPU, not operations; counted FLOPs stand beside it.
public enum FLOPConvention: String, Sendable, CaseIterable, Codable {
  /// Table 1 of the paper: 70 % of 312 TFLOP/s, an A100's peak in 16-bit formats.
  case paperTable1 = "paper-table-1"
  /// The published model cards: 70 % of 330 TFLOP/s.
  case modelCard = "model-card"

  /// TFLOP that one second of wall time stands for.
  public var teraFLOPPerSecond: Double {
    switch self {
    case .paperTable1: 218.4
    case .modelCard: 231
    }
  }

  /// What `seconds` of wall time stand for, in TFLOP.
  public func teraFLOP(seconds: Double) -> Double { seconds * teraFLOPPerSecond }

  /// One line for a reader.
  public var title: String {
    switch self {
    case .paperTable1: "Paper's convention, Table 1 (wall seconds × 218.4 = 0.70 · 312 TFLOP/s)"
    case .modelCard: "Model cards' convention (wall seconds × 231 = 0.70 · 330 TFLOP/s)"
    }
  }
}
