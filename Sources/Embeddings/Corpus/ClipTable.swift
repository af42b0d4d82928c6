/// Where a row is in a table's file.
public struct RowReference: Sendable, Hashable {
  /// Bytes from the start of the file.
  let offset: Int
  /// Bytes, without the line's end.
  let length: Int32
  /// The file's first line is number 1.
  let number: UInt32

  /// Its number in the file, from 1.
  public var line: Int { Int(number) }
}

/// What is wrong with a single row, in words for `skipped.tsv`.
public struct RowProblem: Error, Equatable, CustomStringConvertible {
  public let description: String
}

/// A table that lists clips: scanned once for what a choice needs, then asked for the chosen rows.
protocol ClipTable: Sendable {
  var path: String { get }

  /// - Throws: `CorpusError.missingColumn` if nothing says a row's accents.
  func requireAccents() throws(CorpusError)

  /// Calls `body` with each row of a language and its accents cell (empty if there is none), in the
  /// file's order.
  /// - Throws: `CorpusError.unreadable`.
  func scan(
    language: String, _ body: (_ row: RowReference, _ accents: String) -> Void
  ) throws(CorpusError)

  /// Reads one row.
  /// - Throws: `RowProblem` for a row that cannot be used.
  func entry(at reference: RowReference) throws(RowProblem) -> ClipEntry
}

/// What a table says about one clip.
struct ClipEntry: Sendable, Equatable {
  /// The file to open.
  var file: String
  var text: String
  /// Empty if unknown.
  var speaker: String
  /// How long it is, where the table says so.
  var seconds: Double?
  var language = ""
  var accents = ""
  /// What the table uses the clip for, where it says so.
  var split: String?
}
