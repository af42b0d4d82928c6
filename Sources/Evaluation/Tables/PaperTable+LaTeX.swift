extension PaperTable {
  /// A table environment for the packages booktabs and, for other scripts than Latin, fontspec.
  public var latex: String {
    let parts = hasPaper ? 3 : 1
    var lines = [
      "% \\usepackage{booktabs}", "\\begin{table}", "\\centering",
      "\\caption{\(Self.escaped(title))}",
      "\\begin{tabular}{l\(String(repeating: "r", count: parts * columns.count))}", "\\toprule",
    ]
    if hasPaper {
      let heads = columns.map { "\\multicolumn{3}{c}{\(Self.escaped($0.label))}" }
      lines.append(" & " + heads.joined(separator: " & ") + " \\\\")
      lines.append(
        columns.indices.map { "\\cmidrule(lr){\(3 * $0 + 2)-\(3 * $0 + 4)}" }.joined(separator: " ")
      )
      let names = columns.map { _ in "paper & ours & $\\Delta$" }
      lines.append(Self.escaped(corner) + " & " + names.joined(separator: " & ") + " \\\\")
    } else {
      let heads = columns.map { Self.escaped($0.label) }
      lines.append(Self.escaped(corner) + " & " + heads.joined(separator: " & ") + " \\\\")
    }
    lines.append("\\midrule")
    for row in rows {
      let cells = zip(columns, row.cells).map { column, cell in
        let ours = Self.escaped(Self.text(cell, column.metric))
        guard hasPaper else { return ours }
        let difference = Self.signed(cell.difference, column.metric).replacing("−", with: "-")
        return [
          Self.escaped(Self.number(cell.paper, column.metric)), ours,
          cell.difference == nil ? "--" : "$\(difference)$",
        ].joined(separator: " & ")
      }
      lines.append(([Self.escaped(row.label)] + cells).joined(separator: " & ") + " \\\\")
    }
    lines += ["\\bottomrule", "\\end{tabular}"]
    lines += (missing.map { "% missing: " + $0 } + remarks.map { "% " + $0 })
      .map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
    return (lines + ["\\end{table}"]).joined(separator: "\n") + "\n"
  }

  /// `text` as LaTeX sets it.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\textbackslash{}"
      case "&", "%", "$", "#", "_", "{", "}":
        escaped += "\\"
        escaped.append(character)
      case "~": escaped += "\\textasciitilde{}"
      case "^": escaped += "\\textasciicircum{}"
      case "–": escaped += "--"
      case "…": escaped += "\\dots{}"
      case _ where character.isNewline: escaped += " "
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
