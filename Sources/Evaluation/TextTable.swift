/// A table of text, written for a terminal or for Markdown. Columns are set left up to `leading` of
/// them and right after that.
public struct TextTable: Sendable {
  /// What stands over the columns.
  public var header: [String]
  /// A cell for each of `header` in each row.
  public var rows: [[String]]
  /// How many columns hold names; the others hold numbers.
  public var leading: Int

  public init(header: [String], rows: [[String]] = [], leading: Int = 1) {
    (self.header, self.rows, self.leading) = (header, rows, leading)
  }

  /// Columns padded with spaces and two spaces apart, a newline after each row.
  public var plain: String {
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = line.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return column < leading ? line[column] + space : space + line[column]
      }
      return cells.joined(separator: "  ").trimmingSuffix { $0 == " " } + "\n"
    }.joined()
  }

  /// A table of GitHub's Markdown, its cells escaped.
  var markdown: String {
    let rule = header.indices.map { $0 < leading ? "---" : "---:" }
    let lines = [header.map(Markdown.escaped), rule] + rows.map { $0.map(Markdown.escaped) }
    return lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }
}

extension String {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, predicate(last) { text.removeLast() }
    return String(text)
  }
}
