import Foundation

/// A list of clips of any corpus: `.tsv` or `.csv` with a header line, or `.jsonl` (`.json`,
/// `.ndjson`) with an object a line. `ManifestField` says which fields are known; `path` is needed.
///
/// Paths are relative to a folder, by default the manifest's own, and must not lead out of it. The
/// file is read in blocks and never held.
final class Manifest: ClipTable {
  let path: String
  private let file: BlockFile
  private let format: ManifestFormat
  /// The folder that paths are relative to.
  private let folder: String
  /// The header's names, and where each field is; empty for JSON Lines.
  private let columns: [String]
  private let positions: [ManifestField: Int]

  /// - Throws: `CorpusError.unreadable`, `.missingColumn`.
  init(path: String, clips: String? = nil) throws(CorpusError) {
    self.path = path
    guard let format = ManifestFormat(path: path) else {
      throw .unreadable(
        path: path, reason: "its name says no format; known endings: \(ManifestFormat.extensions)")
    }
    self.format = format
    folder = clips ?? URL(fileURLWithPath: path).deletingLastPathComponent().path
    file = try BlockFile(path: path)
    guard let first = try file.firstLine() else {
      throw .unreadable(path: path, reason: "it is empty")
    }
    guard format != .jsonLines else {
      if first.first(where: { $0 != UInt8(ascii: " ") }) == UInt8(ascii: "[") {
        throw .unreadable(path: path, reason: "it is one JSON list; an object a line is needed")
      }
      (columns, positions) = ([], [:])
      return
    }
    let names = format.names(first)
    var positions: [ManifestField: Int] = [:]
    for field in ManifestField.allCases {
      positions[field] = field.names.lazy.compactMap { names.firstIndex(of: $0) }.first
    }
    if positions[.path] == nil {
      throw .missingColumn(path: path, column: ManifestField.path.names[0], found: names)
    }
    (columns, self.positions) = (names, positions)
  }

  func requireAccents() throws(CorpusError) {
    if format != .jsonLines, positions[.accent] == nil {
      throw .missingColumn(path: path, column: ManifestField.accent.names[0], found: columns)
    }
  }

  /// A row without a language is of every language: whoever names the manifest knows.
  func scan(
    language: String, _ body: (_ row: RowReference, _ accents: String) -> Void
  ) throws(CorpusError) {
    try forEachRow { reference, row in
      // A row that cannot be read is drawn like any other, and then skipped with its reason.
      guard let row = try? row.get() else { return body(reference, "") }
      if let stated = row[.language], !stated.isEmpty, stated != language { return }
      body(reference, row[.accent] ?? "")
    }
  }

  /// Calls `body` with each row, or what is wrong with it, in the file's order.
  /// - Throws: `CorpusError.unreadable`.
  func forEachRow(
    _ body: (RowReference, Result<ManifestRow, RowProblem>) -> Void
  ) throws(CorpusError) {
    var number: UInt32 = 0
    var pending: (bytes: [UInt8], offset: Int, number: UInt32)?
    try unsafe file.forEachLine { line, offset in
      number += 1
      var record = pending ?? ([], offset, number)
      if pending != nil { record.bytes.append(UInt8(ascii: "\n")) }
      unsafe record.bytes.append(contentsOf: line)
      let isHeader = record.number == 1 && format != .jsonLines
      if record.bytes.isEmpty { return true }
      if format == .commas, format.cells(record.bytes) == nil {
        pending = record  // a quoted line break
        return true
      }
      pending = nil
      if isHeader { return true }
      let length = offset + line.count - record.offset
      let reference = RowReference(
        offset: record.offset, length: Int32(truncatingIfNeeded: length), number: record.number)
      body(reference, fields(record.bytes))
      return true
    }
    if let pending {
      throw .unreadable(path: path, reason: "the quote of line \(pending.number) is never closed")
    }
  }

  func entry(at reference: RowReference) throws(RowProblem) -> ClipEntry {
    guard let bytes = file.bytes(at: reference.offset, count: Int(reference.length)) else {
      throw RowProblem(description: "the row cannot be read again; the manifest has changed")
    }
    return try entry(fields(bytes).get())
  }

  /// - Throws: `RowProblem` for a row that names no clip, or a part of one.
  func entry(_ row: ManifestRow) throws(RowProblem) -> ClipEntry {
    guard let name = row[.path], !name.isEmpty else {
      throw RowProblem(description: "'path' is missing or empty")
    }
    if let offset = row[.offset].flatMap(Double.init), offset != 0 {
      throw RowProblem(
        description: "it is a part of a file, from \(offset) s on; cut the file into clips")
    }
    return ClipEntry(
      file: try location(of: name), text: row[.text] ?? "", speaker: row[.speaker] ?? "",
      seconds: row[.seconds].flatMap(Double.init), language: row[.language] ?? "",
      accents: row[.accent] ?? "", split: row[.split])
  }

  /// The file that a path names.
  private func location(of name: String) throws(RowProblem) -> String {
    let parts = name.split(separator: "/")
    var isInside = !parts.contains("..") && !name.contains("\0")
    if name.hasPrefix("/") {
      let root = URL(fileURLWithPath: folder).standardizedFileURL.path
      isInside = isInside && (root == "/" || name.hasPrefix(root + "/"))
    }
    guard isInside else {
      throw RowProblem(description: "the path '\(name)' leads out of the folder \(folder)")
    }
    return name.hasPrefix("/") ? name : folder + "/" + name
  }

  private func fields(_ bytes: [UInt8]) -> Result<ManifestRow, RowProblem> {
    do throws(RowProblem) {
      if format == .jsonLines {
        return .success(try ManifestFormat.fields(ofJSON: BlockFile.withoutMark(bytes)))
      }
      let cells = format.cells(bytes) ?? []
      var row = ManifestRow()
      for (field, position) in positions where position < cells.count {
        guard let text = String(validating: cells[position], as: UTF8.self) else {
          throw RowProblem(description: "column '\(columns[position])' is not UTF-8")
        }
        row[field] = text
      }
      return .success(row)
    } catch {
      return .failure(error)
    }
  }
}
