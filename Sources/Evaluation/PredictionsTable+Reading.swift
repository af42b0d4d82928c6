extension PredictionsTable {
  /// Reads a `predictions.tsv`.
  /// - Throws: `EvaluationError`, which names the file and the line.
  public init(contentsOf path: String) throws(EvaluationError) {
    guard let text = String(validating: try contents(of: path), as: UTF8.self) else {
      throw .malformedTable(path: path, reason: "not UTF-8")
    }
    // By scalars: a carriage return and a line feed are one Character.
    let lines = text.unicodeScalars.split(separator: "\n").map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map {
        PredictionsTable.unescaped(String($0))
      }
    }
    guard let header = lines.first else {
      throw .malformedTable(path: path, reason: "is empty: no header")
    }
    if let bad = lines.firstIndex(where: { $0.count != header.count }) {
      throw .malformedTable(
        path: path,
        reason: "line \(bad + 1) has \(lines[bad].count) cells, the header \(header.count)")
    }
    self.init(header: header, rows: Array(lines.dropFirst()))
  }
}
