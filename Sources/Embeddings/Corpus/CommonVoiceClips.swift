/// A table of a Common Voice folder with the clips beside it.
struct CommonVoiceClips: ClipTable {
  let table: CommonVoiceTable
  /// The folder of the table.
  let folder: String
  let durations: ClipDurations?

  var path: String { table.path }

  func requireAccents() throws(CorpusError) { try table.requireAccents() }

  /// A folder has one language: all rows are of it.
  func scan(
    language: String, _ body: (_ row: RowReference, _ accents: String) -> Void
  ) throws(CorpusError) { try table.scan(body) }

  func entry(at reference: RowReference) throws(RowProblem) -> ClipEntry {
    let row = try table.row(at: reference)
    if row.path.contains("/") || row.path.contains("..") || row.path.contains("\0") {
      throw RowProblem(description: "the path '\(row.path)' leads out of the folder clips")
    }
    return ClipEntry(
      file: folder + "/clips/" + row.path, text: row.sentence, speaker: row.speaker,
      seconds: durations?.seconds(of: row.path))
  }
}
