import Foundation

/// Text and tables as HTML.
enum Markup {
  /// `text` so that HTML shows it as it is, in an element or in a quoted attribute.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      // What XML and HTML have no character for.
      case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}":
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// The same for a sentence, whose numbers stay with their unit on a line.
  static func sentence(_ text: String) -> String {
    escaped(text.replacing(" %", with: "\u{A0}%"))
  }

  /// A section with its heading, and what stands in it.
  static func section(_ id: String, _ title: String, _ content: [String?]) -> String? {
    let parts = content.compactMap { $0 }
    guard !parts.isEmpty else { return nil }
    return "<section id=\"\(id)\">\n<h2>\(escaped(title))</h2>\n" + parts.joined(separator: "\n")
      + "\n</section>"
  }

  static func paragraph(_ text: String) -> String { "<p>\(sentence(text))</p>" }

  /// What a click opens.
  static func folded(_ title: String, _ content: String) -> String {
    "<details><summary>\(escaped(title))</summary>\n\(content)\n</details>"
  }

  /// Figures beside each other where there is room.
  static func grid(_ figures: [String?]) -> String? {
    let figures = figures.compactMap { $0 }
    return figures.isEmpty
      ? nil : "<div class=\"grid\">\n" + figures.joined(separator: "\n") + "\n</div>"
  }

  static func figure(
    _ title: String, _ picture: String, legend: String = "", note: String = ""
  ) -> String {
    "<figure><figcaption>\(escaped(title))</figcaption>\n\(legend)\(picture)"
      + (note.isEmpty ? "" : "<p class=\"note\">\(sentence(note))</p>") + "</figure>"
  }
}

extension TextTable {
  /// A table of HTML in a box that scrolls by itself.
  /// - Parameter texts: columns that hold sentences.
  func html(texts: Set<Int> = []) -> String {
    func cell(_ tag: String, _ column: Int, _ text: String) -> String {
      let kind = texts.contains(column) ? "text" : column < leading ? "" : "number"
      // A sentence may run from right to left.
      let direction = kind == "text" ? " dir=\"auto\"" : ""
      let name = kind.isEmpty ? "" : " class=\"\(kind)\"\(direction)"
      return "<\(tag)\(name)>\(Markup.escaped(text))</\(tag)>"
    }
    func line(_ tag: String, _ cells: [String]) -> String {
      "<tr>" + cells.enumerated().map { cell(tag, $0.offset, $0.element) }.joined() + "</tr>\n"
    }
    return "<div class=\"scroll\"><table>\n<thead>\(line("th", header))</thead>\n<tbody>\n"
      + rows.map { line("td", $0) }.joined() + "</tbody></table></div>"
  }
}
