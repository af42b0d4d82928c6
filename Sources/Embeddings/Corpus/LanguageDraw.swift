import Foundation
import LinearAlgebra

/// The drawing of one language's clips.
struct LanguageDraw {
  private let language: String
  private let config: CorpusConfig
  private let accents: [CorpusConfig.Accent]
  private var tables: [any ClipTable] = []
  /// For each accent, and each table of its source in the config's order: the rows that match.
  private var matches: [[(table: Int, rows: [RowReference])]]
  /// The row that each file was drawn from, taken or skipped.
  private var drawn: [String: (table: Int, line: Int)] = [:]

  private(set) var clips: [Clip] = []
  private(set) var tallies: [CorpusSelection.Tally] = []
  private(set) var skipped: [SkippedClip] = []

  init(language: String, config: CorpusConfig) {
    (self.language, self.config) = (language, config)
    accents = config.languages[language]?.accents ?? []
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

  /// A source, and the language's name there.
  private struct Place: Hashable {
    let source, language: String
  }

  private mutating func scanTables() throws(CorpusError) {
    let places = accents.map { Place(source: $0.dataset, language: $0.overrideCode ?? language) }
    var seen: Set<Place> = []
    for place in places where seen.insert(place).inserted {
      guard let source = config.source(place.source) else { continue }  // validate() has seen to it
      let members = accents.indices.filter { places[$0] == place }
      for table in try source.tables(place.language, key: "corpus.languages.\(language)") {
        try scan(table, as: place.language, for: members)
      }
    }
  }

  private mutating func scan(
    _ table: any ClipTable, as name: String, for members: [Int]
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
    var rows = [[RowReference]](repeating: [], count: members.count)
    try table.scan(language: name) { row, cell in
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
        draw(rows[i], of: table, accent: accent.code)
      }
    }
    matches[index] = []
    tallies.append(
      .init(
        language: language, accent: accent.code, asked: asked, found: found,
        used: clips.count - before))
  }

  private mutating func draw(_ reference: RowReference, of table: Int, accent: String) {
    let entry: ClipEntry
    do {
      entry = try tables[table].entry(at: reference)
    } catch {
      let path = "\(tables[table].path):\(reference.line)"
      guard drawn.updateValue((table, reference.line), forKey: path) == nil else { return }
      skip(path, error.description)
      return
    }
    if let earlier = drawn[entry.file] {
      // The same row for another accent, or a row of another table, is no mistake of the table's.
      if earlier.table == table, earlier.line != reference.line {
        skip(
          entry.file,
          "line \(reference.line) repeats the clip of line \(earlier.line), used only once")
      }
      return
    }
    drawn[entry.file] = (table, reference.line)
    if let problem = Corpus.problem(of: entry, maxSeconds: config.maxSeconds) {
      skip(entry.file, problem)
    } else {
      clips.append(
        Clip(
          path: entry.file, text: entry.text, language: language, accent: accent,
          speaker: entry.speaker, split: .train, seconds: entry.seconds))
    }
  }

  private mutating func skip(_ path: String, _ reason: String) {
    skipped.append(SkippedClip(path: path, language: language, reason: reason))
  }
}
