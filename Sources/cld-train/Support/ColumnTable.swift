/// Rows of text set in columns for a terminal, two spaces apart: names left, numbers right.
struct ColumnTable {
  var header: [String]
  /// How many columns hold names.
  var leading = 1
  var rows: [[String]] = []

  /// A line a row, each with its newline.
  var text: String {
    let widths = header.indices.map { i in ([header] + rows).map { $0[i].count }.max() ?? 0 }
    return ([header] + rows).map { row in
      var line = ""
      for (i, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[i] - cell.count)
        line += (i == 0 ? "" : "  ") + (i < leading ? cell + padding : padding + cell)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
