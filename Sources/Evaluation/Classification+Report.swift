import Foundation

extension Classification {
  /// The text that scikit-learn's `classification_report` prints with two digits, to the byte: its
  /// supports become decimal fractions when not one prediction is right, and so do these.
  public var reportText: String {
    let names = labels + ["weighted avg"]
    let width = names.map(\.unicodeScalars.count).max() ?? 0

    func line(_ name: String, _ columns: [String]) -> String {
      padded(name, width) + " " + columns.map { " " + padded($0, 9) }.joined() + "\n"
    }
    func line(_ name: String, _ scores: Scores) -> String {
      line(
        name,
        [
          fixed(scores.precision), fixed(scores.recall), fixed(scores.f1),
          support(scores.support),
        ])
    }
    func support(_ count: Int) -> String { correct == 0 ? "\(count).0" : "\(count)" }

    var text = line("", ["precision", "recall", "f1-score", "support"]) + "\n"
    for (label, scores) in zip(labels, scores) { text += line(label, scores) }
    text += "\n"
    text +=
      coversEveryLabel
      ? line("accuracy", ["", "", fixed(accuracy), support(microAverage.support)])
      : line("micro avg", microAverage)
    text += line("macro avg", macroAverage)
    text += line("weighted avg", weightedAverage)
    return text
  }

  private func fixed(_ value: Double) -> String { String(format: "%.2f", value) }

  /// `text` set right, by scalars as Python pads.
  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.unicodeScalars.count)) + text
  }
}
