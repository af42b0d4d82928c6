import Foundation

/// A table of Common Voice, such as `validated.tsv`: tab-separated UTF-8 with a header line, where a
/// quote is a character as any other.
///
/// Columns are found by their names in the header, in any order: `path` and `sentence` are needed,
/// `client_id` and `accents` (`accent` in older releases) are used if there. A byte order mark and
/// CR LF line ends are accepted, and empty lines ignored.
///
/// The file is read in blocks and never held: two million rows are scanned in constant memory.
public final class CommonVoiceTable: Sendable {
  /// What a line says about a clip.
  public struct Row: Sendable, Hashable {
    /// `client_id`; empty where the table does not have it.
    public let speaker: String
    /// The clip's file name, in the folder `clips` beside the table.
    public let path: String
    /// What was read.
    public let sentence: String
    /// The cell as it stands in the table.
    public let accents: String
  }

  /// The table's file.
  public let path: String
  /// The header's names, in the file's order.
  public let columns: [String]
  private let file: BlockFile
  private let positions: Positions

  private struct Positions {
    let path, sentence: Int
    let speaker, accents: Int?
  }

  /// Opens the table and reads its header.
  ///
  /// - Throws: `CorpusError.unreadable`, `.missingColumn`.
  public init(path: String) throws(CorpusError) {
    self.path = path
    file = try BlockFile(path: path)
    guard let header = try file.firstLine() else {
      throw .unreadable(path: path, reason: "it is empty; a header line is needed")
    }
    let columns = ManifestFormat.tabs.names(header)
    func position(_ name: String) throws(CorpusError) -> Int {
      guard let position = columns.firstIndex(of: name) else {
        throw .missingColumn(path: path, column: name, found: columns)
      }
      return position
    }
    positions = Positions(
      path: try position("path"), sentence: try position("sentence"),
      speaker: columns.firstIndex(of: "client_id"),
      accents: columns.firstIndex(of: "accents") ?? columns.firstIndex(of: "accent"))
    self.columns = columns
  }

  /// - Throws: `CorpusError.missingColumn` if no column says a row's accents.
  public func requireAccents() throws(CorpusError) {
    if positions.accents == nil {
      throw .missingColumn(path: path, column: "accents", found: columns)
    }
  }

  /// Calls `body` with each row and its accents cell (empty if there is none), in the file's order.
  ///
  /// - Throws: `CorpusError.unreadable`.
  public func scan(
    _ body: (_ row: RowReference, _ accents: String) -> Void
  ) throws(CorpusError) {
    let position = positions.accents
    var number: UInt32 = 0
    try unsafe file.forEachLine { line, offset in
      number += 1
      guard number > 1, unsafe !line.isEmpty else { return true }
      let row = RowReference(
        offset: offset, length: Int32(truncatingIfNeeded: line.count), number: number)
      if let position, let cell = unsafe Self.cell(position, of: line), unsafe !cell.isEmpty {
        body(row, unsafe String(decoding: cell, as: UTF8.self))
      } else {
        body(row, "")
      }
      return true
    }
  }

  /// Reads one row.
  ///
  /// - Throws: `RowProblem` for a row that cannot be used, in words for `skipped.tsv`.
  public func row(at reference: RowReference) throws(RowProblem) -> Row {
    guard let bytes = file.bytes(at: reference.offset, count: Int(reference.length)) else {
      throw RowProblem(description: "the row cannot be read again; the table has changed")
    }
    let cells = bytes.split(separator: Self.tab, omittingEmptySubsequences: false)
    func text(_ position: Int?) throws(RowProblem) -> String {
      guard let position, position < cells.count else { return "" }
      guard let text = String(validating: cells[position], as: UTF8.self) else {
        throw RowProblem(description: "column '\(columns[position])' is not UTF-8")
      }
      return text
    }
    guard cells.count > max(positions.path, positions.sentence) else {
      throw RowProblem(
        description: "the row has \(cells.count) of \(columns.count) columns")
    }
    let row = Row(
      speaker: try text(positions.speaker), path: try text(positions.path),
      sentence: try text(positions.sentence), accents: try text(positions.accents))
    if row.path.isEmpty { throw RowProblem(description: "column 'path' is empty") }
    return row
  }

  private static let tab = UInt8(ascii: "\t")

  /// The bytes of a cell, valid as long as those of `line` are; nil if the line ends before it.
  @unsafe static func cell(
    _ position: Int, of line: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    var start = 0
    for _ in 0..<position {
      guard let end = unsafe index(of: tab, in: line, from: start) else { return nil }
      start = end + 1
    }
    let end = unsafe index(of: tab, in: line, from: start) ?? line.count
    return unsafe UnsafeRawBufferPointer(rebasing: line[start..<end])
  }

  private static func index(
    of byte: UInt8, in line: UnsafeRawBufferPointer, from start: Int
  ) -> Int? {
    guard let base = line.baseAddress, start < line.count else { return nil }
    guard let found = unsafe memchr(base + start, Int32(byte), line.count - start) else {
      return nil
    }
    return unsafe UnsafeRawPointer(found) - base
  }
}
