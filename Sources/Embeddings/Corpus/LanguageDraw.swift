import Foundation
import LinearAlgebra

/// The drawing of one language's clips.
struct LanguageDraw {
  private let language: String
  private let config: CorpusConfig
  private let accents: [CorpusConfig.Accent]
  /// The folder of each accent, `root/override_code` or `root/language`.
  private let folders: [String]
  private var tables: [CommonVoiceTable] = []
  /// For each accent, and each table of its folder in the config's order: the rows that match.
  private var matches: [[(table: Int, rows: [CommonVoiceTable.RowReference])]]
  /// The row that each file was drawn from, taken or skipped.
  private var drawn: [String: (table: Int, line: Int)] = [:]

  private(set) var clips: [Clip] = []
  private(set) var tallies: [CorpusSelection.Tally] = []
  private(set) var skipped: [SkippedClip] = []

  init(language: String, config: CorpusConfig) throws(CorpusError) {
    (self.language, self.config) = (language, config)
    accents = config.languages[language]?.accents ?? []
    folders = accents.map { config.root + "/" + ($0.overrideCode ?? language) }
    matches = accents.map { _ in [] }
  }

  mutating func run() throws(CorpusError) {
    try scanTables()
    for accent in accents.indices { drawClips(of: accent) }
    guard !clips.isEmpty else {
      throw .noClips(
        language: language, matchingRows: tallies.map(\.found).reduce(0, +),
        tables: tables.map(\.path), firstProblem: skipped.first.map { "\($0.path): \($0.reason)" })
    }
  }

  // MARK: Which rows match

  private mutating func scanTables() throws(CorpusError) {
    for folder in Set(folders).sorted() {
      let key = "corpus.languages.\(language)"
      try CommonVoiceCorpus.requireFolder(
        folder, purpose: "the folder of \(key), under corpus.root")
      try CommonVoiceCorpus.requireFolder(folder + "/clips", purpose: "the clips of \(key)")
      let members = accents.indices.filter { folders[$0] == folder }
      for name in config.tables {
        try scan(CommonVoiceTable(path: folder + "/" + name), for: members)
      }
    }
  }

  private mutating func scan(
    _ table: CommonVoiceTable, for members: [Int]
  ) throws(CorpusError) {
    let names = members.map { accents[$0].columnName }
    if names.contains(where: { !$0.isEmpty }) { try table.requireAccents() }
    let list = AccentList(knownNames: names, rule: config.accentRule)
    func matching(_ cell: String) -> [Int] {
      let found = Set(list.split(cell))
      return names.indices.filter { names[$0].isEmpty || found.contains(names[$0]) }
    }
    // Few different cells make up most of a table; users' own words, of which there are many, are
    // not kept beyond a limit.
    var known = ["": matching("")]
    var rows = [[CommonVoiceTable.RowReference]](repeating: [], count: members.count)
    try table.scan { row, cell in
      let matched: [Int]
      if let remembered = known[cell] {
        matched = remembered
      } else {
        matched = matching(cell)
        if known.count < 10_000 { known[cell] = matched }
      }
      for member in matched { rows[member].append(row) }
    }
    for (i, member) in members.enumerated() {
      matches[member].append((table: tables.count, rows: rows[i]))
    }
    tables.append(table)
  }

  // MARK: Which of them are taken

  private mutating func drawClips(of index: Int) {
    let accent = accents[index]
    let asked =
      accent.fills
      ? max(0, config.samplesPerClass - clips.count) : config.samplesPerAccent(of: language)
    let found = matches[index].map(\.rows.count).reduce(0, +)
    let before = clips.count
    for (table, rows) in matches[index] {
      let name = URL(fileURLWithPath: tables[table].path).lastPathComponent
      var generator = SeededGenerator(
        seed: config.dataSeed, purpose: ["draw", language, accent.code, accent.columnName, name])
      var rows = rows
      // A shuffle that stops when there are enough.
      for i in rows.indices {
        guard clips.count - before < asked else { break }
        rows.swapAt(i, i + generator.below(rows.count - i))
        draw(rows[i], of: table, accent: accent.code, folder: folders[index])
      }
    }
    matches[index] = []
    tallies.append(
      .init(
        language: language, accent: accent.code, asked: asked, found: found,
        used: clips.count - before))
  }

  private mutating func draw(
    _ reference: CommonVoiceTable.RowReference, of table: Int, accent: String, folder: String
  ) {
    let row: CommonVoiceTable.Row
    do {
      row = try tables[table].row(at: reference)
    } catch {
      let path = "\(tables[table].path):\(reference.line)"
      guard drawn.updateValue((table, reference.line), forKey: path) == nil else { return }
      skip(path, error.description)
      return
    }
    let path = folder + "/clips/" + row.path
    if let earlier = drawn[path] {
      // The same row for another accent, or a row of another table, is no mistake of the table's.
      if earlier.table == table, earlier.line != reference.line {
        skip(
          path, "line \(reference.line) repeats the clip of line \(earlier.line), used only once")
      }
      return
    }
    drawn[path] = (table, reference.line)
    if let problem = Self.problem(of: row.path, at: path) {
      skip(path, problem)
    } else {
      clips.append(
        Clip(
          path: path, text: row.sentence, language: language, accent: accent,
          speaker: row.speaker, split: .train))
    }
  }

  private mutating func skip(_ path: String, _ reason: String) {
    skipped.append(SkippedClip(path: path, language: language, reason: reason))
  }

  /// Why a clip cannot be used, as far as can be seen without opening it.
  private static func problem(of name: String, at path: String) -> String? {
    if name.contains("/") || name.contains("..") || name.contains("\0") {
      return "the path '\(name)' leads out of the folder clips"
    }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      return errno == ENOENT
        ? "file does not exist" : "cannot be read: " + SystemError.last
    }
    guard status.st_mode & S_IFMT == S_IFREG else { return "not a regular file" }
    return status.st_size == 0 ? "file of zero bytes" : nil
  }
}
