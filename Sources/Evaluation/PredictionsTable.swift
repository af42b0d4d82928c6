/// `predictions.tsv`: a header, then a line a clip, cells separated by tabs and never quoted.
///
/// Columns: `path`, `language` (the true one), `accent`, `predicted_<head>` of each head, `margin` and
/// `radius` of the main head if they are known, `reference`, and `hypothesis_<head>` of each head that
/// has text.
///
/// In a cell, a backslash is written `\\`, tab `\t`, line feed `\n`, carriage return `\r`, and
/// whatever else a reader may take for the end of a line (vertical tab, form feed, U+001C–U+001E,
/// U+0085, U+2028, U+2029) `\uXXXX`; `unescaped` reverses it.
public struct PredictionsTable: Sendable, Equatable {
  /// What one head made of each clip.
  public struct Head: Sendable, Equatable {
    /// As the names of its columns have it.
    public var name: String
    /// The language of each clip.
    public var predictions: [String]
    /// The text of each clip, `nil` when none was decoded.
    public var hypotheses: [String]?

    public init(name: String, predictions: [String], hypotheses: [String]?) {
      (self.name, self.predictions, self.hypotheses) = (name, predictions, hypotheses)
    }
  }

  /// The names of the columns, unescaped.
  public let header: [String]
  /// The cells of each clip, unescaped, `[clips, header]`.
  public let rows: [[String]]

  /// - Precondition: a cell for each column in every row.
  init(header: [String], rows: [[String]]) { (self.header, self.rows) = (header, rows) }

  /// - Parameters:
  ///   - paths: each clip's file.
  ///   - languages: its true language.
  ///   - accents: its accent, empty if it has none.
  ///   - references: what was said.
  ///   - heads: what each head answered.
  ///   - margins: of the main head: the greatest logit less the next, or less the true language's,
  ///     as the caller has it.
  ///   - radii: the certified radii of its predictions; see `Certificate.radii`.
  /// - Precondition: as many entries in each array.
  public init(
    paths: [String], languages: [String], accents: [String], references: [String], heads: [Head],
    margins: [Float]? = nil, radii: [Double]? = nil
  ) {
    var columns: [(String, [String])] = [
      ("path", paths), ("language", languages), ("accent", accents),
    ]
    columns += heads.map { ("predicted_\($0.name)", $0.predictions) }
    if let margins { columns.append(("margin", margins.map { "\($0)" })) }
    if let radii { columns.append(("radius", radii.map { "\($0)" })) }
    columns.append(("reference", references))
    for head in heads {
      guard let hypotheses = head.hypotheses else { continue }
      columns.append(("hypothesis_\(head.name)", hypotheses))
    }
    for (name, cells) in columns {
      precondition(
        cells.count == paths.count, "\(cells.count) cells in '\(name)', \(paths.count) paths")
    }
    header = columns.map(\.0)
    rows = paths.indices.map { clip in columns.map { $0.1[clip] } }
  }

  /// The file's text: every line ends in a line feed.
  public var text: String {
    ([header] + rows).map { line in
      line.map(PredictionsTable.escaped).joined(separator: "\t") + "\n"
    }.joined()
  }

  /// `cell` as it is written.
  public static func escaped(_ cell: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in cell.unicodeScalars {
      switch scalar {
      case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
      case "\t": escaped.append(contentsOf: "\\t".unicodeScalars)
      case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
      case "\r": escaped.append(contentsOf: "\\r".unicodeScalars)
      case "\u{0B}", "\u{0C}", "\u{1C}"..."\u{1E}", "\u{85}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        let zeros = String(repeating: "0", count: 4 - digits.count)
        escaped.append(contentsOf: "\\u\(zeros)\(digits)".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }

  /// The cell that `escaped` wrote as `text`; a backslash before anything else stands for itself.
  public static func unescaped(_ text: String) -> String {
    var cell = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let next = rest.first else {
        cell.append(scalar)
        continue
      }
      let digits = rest.dropFirst().prefix(4)
      if let plain = ["\\": "\\", "t": "\t", "n": "\n", "r": "\r"][next] as Unicode.Scalar? {
        cell.append(plain)
        rest.removeFirst()
      } else if next == "u", digits.count == 4, let value = UInt32(String(digits), radix: 16),
        let named = Unicode.Scalar(value)
      {
        cell.append(named)
        rest.removeFirst(5)
      } else {
        cell.append(scalar)
      }
    }
    return String(cell)
  }
}
