import Embeddings
import Foundation
import TestFolders
import Testing

@Suite struct CommonVoiceTableTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func rows(of table: CommonVoiceTable) throws -> [(line: Int, row: CommonVoiceTable.Row)] {
    var references: [RowReference] = []
    try table.scan { row, _ in references.append(row) }
    return try references.map { ($0.line, try table.row(at: $0)) }
  }

  @Test(arguments: ["en", "hi", "id", "ms", "zh-CN"])
  func fixtureFields(locale: String) throws {
    let expected = try #require(try CommonVoiceFixture.load().locales[locale])
    let table = try CommonVoiceTable(
      path: "\(CommonVoiceFixture.root)/\(locale)/validated.tsv")
    let found = try rows(of: table)
    #expect(found.map(\.line) == expected.map(\.line))
    for (found, expected) in zip(found, expected) {
      #expect(found.row.path == expected.path)
      #expect(found.row.speaker == expected.clientID)
      #expect(found.row.sentence == expected.sentence)
      #expect(found.row.accents == expected.accentsRaw)
      #expect(AccentList().split(found.row.accents) == expected.accents)
    }
  }

  @Test func scanGivesTheAccentsCell() throws {
    let expected = try #require(try CommonVoiceFixture.load().locales["en"])
    let table = try CommonVoiceTable(path: "\(CommonVoiceFixture.root)/en/validated.tsv")
    var cells: [String] = []
    try table.scan { _, accents in cells.append(accents) }
    #expect(cells == expected.map(\.accentsRaw))
  }

  /// A byte order mark, CR LF, quotes, empty lines, no line end after the last row.
  @Test func toleratedVariants() throws {
    let text =
      "\u{FEFF}path\tsentence\taccent\tclient_id\r\na.mp3\t\"Never closed\tx\ts1\r\n\r\n"
      + "b.mp3\t\"\"\"Halo\"\"\t\t\r\nc.mp3\tshort row"
    let table = try CommonVoiceTable(path: folder.write("t.tsv", text.utf8))
    #expect(table.columns == ["path", "sentence", "accent", "client_id"])
    let found = try rows(of: table)
    #expect(found.map(\.line) == [2, 4, 5])
    #expect(found.map(\.row.path) == ["a.mp3", "b.mp3", "c.mp3"])
    #expect(found.map(\.row.sentence) == ["\"Never closed", "\"\"\"Halo\"\"", "short row"])
    #expect(found.map(\.row.accents) == ["x", "", ""])
    #expect(found.map(\.row.speaker) == ["s1", "", ""])
  }

  /// Rows that lie across the blocks of 1 MiB in which the file is read, and one longer than these.
  @Test func rowsAcrossBlocks() throws {
    var text = "sentence\tpath\taccents\n"
    let padding = String(repeating: "x", count: 997)
    for i in 0..<4000 { text += "\(padding)\t\(i).mp3\ta\(i)\n" }
    text += String(repeating: "y", count: 3_000_000) + "\tlong.mp3\tb\n"
    text += "z\tlast.mp3\tc\n"
    let table = try CommonVoiceTable(path: folder.write("t.tsv", text.utf8))
    var cells: [String] = []
    try table.scan { _, accents in cells.append(accents) }
    #expect(cells == (0..<4000).map { "a\($0)" } + ["b", "c"])
    let found = try rows(of: table)
    #expect(found.map(\.row.path) == (0..<4000).map { "\($0).mp3" } + ["long.mp3", "last.mp3"])
    #expect(found[4000].row.sentence.utf8.count == 3_000_000)
  }

  @Test func missingColumnsAreNamed() throws {
    let path = try folder.write("t.tsv", "client_id,path,sentence\n".utf8)
    let error = #expect(throws: CorpusError.self) { try CommonVoiceTable(path: path) }
    #expect(
      error
        == .missingColumn(path: path, column: "path", found: ["client_id,path,sentence"]))
    #expect(error?.description.contains("separate its columns by tabs") == true)

    let other = try folder.write("u.tsv", "path\tsentence\n".utf8)
    let table = try CommonVoiceTable(path: other)
    #expect(
      throws: CorpusError.missingColumn(
        path: other, column: "accents", found: ["path", "sentence"])
    ) { try table.requireAccents() }
  }

  @Test func unreadableTables() throws {
    for path in [folder.path + "/none.tsv", folder.path, try folder.write("empty.tsv", [])] {
      let error = #expect(throws: CorpusError.self) { try CommonVoiceTable(path: path) }
      #expect(error?.description.hasPrefix(path + ": cannot be read: ") == true)
    }
  }

  @Test func brokenRowsSayWhatIsWrong() throws {
    let bytes =
      Array("path\tsentence\n".utf8) + Array("only.mp3\n\tno path\n".utf8)
      + Array("bad.mp3\t".utf8) + [0xC3, 0x28] + Array("\n".utf8)
    let table = try CommonVoiceTable(path: folder.write("t.tsv", bytes))
    var references: [RowReference] = []
    try table.scan { row, _ in references.append(row) }
    let problems = references.map { reference in
      do throws(RowProblem) {
        _ = try table.row(at: reference)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(
      problems == [
        "the row has 1 of 2 columns", "column 'path' is empty", "column 'sentence' is not UTF-8",
      ])
  }
}
