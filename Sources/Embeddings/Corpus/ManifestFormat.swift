import Foundation

/// How a manifest is written; a file's name says it.
enum ManifestFormat: Equatable {
  /// A header line, then cells between tabs; a quote is a character as any other.
  case tabs
  /// A header line, then cells between commas, which may be quoted (RFC 4180).
  case commas
  /// A JSON object a line.
  case jsonLines

  static let extensions = "tsv, csv, jsonl, ndjson, json"

  init?(path: String) {
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "tsv": self = .tabs
    case "csv": self = .commas
    case "jsonl", "ndjson", "json": self = .jsonLines
    default: return nil
    }
  }

  /// The cells of a line; nil if a quoted cell goes on in the next line.
  func cells(_ line: [UInt8]) -> [[UInt8]]? {
    self == .commas
      ? Self.commaSeparated(line)
      : line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map(Array.init)
  }

  /// The names in a header line.
  func names(_ header: [UInt8]) -> [String] {
    (cells(header) ?? []).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func commaSeparated(_ line: [UInt8]) -> [[UInt8]]? {
    let (quote, comma) = (UInt8(ascii: "\""), UInt8(ascii: ","))
    var cells: [[UInt8]] = []
    var i = 0
    while true {
      var cell: [UInt8] = []
      if i < line.count, line[i] == quote {
        i += 1
        while true {
          guard i < line.count else { return nil }
          if line[i] == quote {
            i += 1
            guard i < line.count, line[i] == quote else { break }  // two quotes stand for one
          }
          cell.append(line[i])
          i += 1
        }
      }
      while i < line.count, line[i] != comma {
        cell.append(line[i])
        i += 1
      }
      cells.append(cell)
      guard i < line.count else { return cells }
      i += 1
    }
  }

  /// The fields of a JSON object. Numbers count as their text, and an audio object as its path, as
  /// Hugging Face writes it.
  static func fields(ofJSON line: [UInt8]) throws(RowProblem) -> ManifestRow {
    guard let value = try? JSONSerialization.jsonObject(with: Data(line)),
      let object = value as? [String: Any]
    else { throw RowProblem(description: "the line is not a JSON object") }
    var row = ManifestRow()
    for field in ManifestField.allCases {
      guard let name = field.names.first(where: { object[$0] != nil }), let value = object[name]
      else { continue }
      switch value {
      case let text as String: row[field] = text
      case let number as NSNumber: row[field] = number.stringValue
      case let audio as [String: Any] where field == .path: row[field] = audio["path"] as? String
      case is NSNull: break
      default: throw RowProblem(description: "'\(name)' is neither text nor a number")
      }
    }
    return row
  }
}
