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

  /// A whole page: one file that needs nothing else, in light and dark, and on paper.
  /// - Parameters:
  ///   - header: what stands above the links to the sections.
  ///   - sections: those without content are left out.
  static func page(
    _ title: String, version: String, header: String,
    sections: [(id: String, title: String, content: String?)]
  ) -> String {
    let links = sections.filter { $0.content != nil }.map {
      "<a href=\"#\($0.id)\">\(escaped($0.title))</a>"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="cld-train \(escaped(version))">
      <title>\(escaped(title)) – cld-train</title>
      <style>
      \(StyleSheet.text)
      </style>
      </head>
      <body>
      <main>
      \(header)
      <nav aria-label="Sections">\(links.joined(separator: "\n"))</nav>
      \(sections.compactMap(\.content).joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  /// A few numbers, each with its name above and a word below.
  static func tiles(_ tiles: [(name: String, value: String, note: String)]) -> String {
    let items = tiles.map { name, value, note in
      "<div class=\"tile\"><span>\(escaped(name))</span><b>\(escaped(value))</b>"
        + "<span>\(escaped(note))</span></div>"
    }
    return "<div class=\"tiles\">\n\(items.joined(separator: "\n"))\n</div>\n"
  }

  /// What a reader must know before anything else.
  static func notes(_ notes: [String]) -> String {
    guard !notes.isEmpty else { return "" }
    let items = notes.map { "<li>\(escaped($0))</li>" }.joined(separator: "\n")
    return "<ul class=\"said\">\(items)</ul>\n"
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
