import Embeddings
import Foundation
import TestFolders
import Testing

/// A corpus of empty words: rows and files as a test wants them.
struct MadeCorpus {
  let folder: TemporaryFolder
  var root: String { folder.path }

  init() throws { folder = try TemporaryFolder() }

  /// `accents[i]` is the cell of row i, whose clip is `NAMEi.mp3`.
  func write(
    _ language: String, accents: [String], name: String = "clip", table: String = "validated.tsv"
  ) throws {
    var text = "client_id\tpath\tsentence\taccents\n"
    for (i, accent) in accents.enumerated() {
      text += "s\(i % 7)\t\(name)\(i).mp3\tsentence \(i)\t\(accent)\n"
      try folder.write("\(language)/clips/\(name)\(i).mp3", [1])
    }
    try folder.write("\(language)/\(table)", text.utf8)
  }
}

@Suite struct CorpusTests {
  private let corpus: MadeCorpus

  init() throws { corpus = try MadeCorpus() }

  func config(
    _ root: String, _ accents: [String: [CorpusConfig.Accent]], samples: Int, seed: Int = 1
  ) -> CorpusConfig {
    CorpusConfig(
      root: root, languages: accents.mapValues { .init(accents: $0) }, samplesPerClass: samples,
      dataSeed: seed)
  }

  func names(_ selection: CorpusSelection) -> [String] {
    selection.clips.map { String($0.path.split(separator: "/").last ?? "") }
  }

  /// The fixture has 20 good clips, a missing one, an empty one, and one that only decoding shows to
  /// be broken.
  @Test func fixtureSelection() throws {
    let selection = try Corpus.select(CommonVoiceFixture.config(samples: 5))
    let fixture = try CommonVoiceFixture.load()
    #expect(selection.clips.count == 21)
    #expect(Set(selection.clips.map(\.language)) == ["en", "hi", "id", "ms", "zh"])
    #expect(selection.clips.map(\.language) == selection.clips.map(\.language).sorted())
    for clip in selection.clips {
      let locale = clip.language == "zh" ? "zh-CN" : clip.language
      let row = try #require(
        fixture.locales[locale]?.first { clip.path.hasSuffix("/clips/" + $0.path) })
      #expect(clip.path == CommonVoiceFixture.clip(locale, row.path))
      #expect(clip.text == row.sentence)
      #expect(clip.speaker == row.clientID)
      #expect(clip.accent == "any")
    }
    #expect(
      Set(selection.skipped) == [
        SkippedClip(
          path: CommonVoiceFixture.clip("en", "common_voice_en_23604762.mp3"), language: "en",
          reason: "file does not exist"),
        SkippedClip(
          path: CommonVoiceFixture.clip("id", "common_voice_id_13412848.mp3"), language: "id",
          reason: "file of zero bytes"),
      ])
    #expect(selection.tallies.map(\.used) == [4, 5, 4, 4, 4])
    #expect(selection.tallies.map(\.found) == [5, 5, 5, 4, 4])
    #expect(selection.shortfalls.map(\.language) == ["en", "id", "ms", "zh"])
  }

  /// A skipped clip's place is taken by the next that matches: 4 are asked, 4 are there.
  @Test(arguments: 0..<10)
  func skippedClipsAreReplaced(seed: Int) throws {
    var config = CommonVoiceFixture.config(samples: 4)
    config.dataSeed = seed
    let selection = try Corpus.select(config)
    #expect(selection.shortfalls.isEmpty)
    #expect(selection.clips.count == 20)
  }

  @Test func accentsByNameAndSamplesPerAccent() throws {
    let cells =
      (0..<30).map { $0 < 10 ? "United States English" : $0 < 20 ? "A (b, c), Scottish" : "" }
    try corpus.write("en", accents: cells)
    let config = config(
      corpus.root,
      [
        "en": [
          .init(code: "us", columnName: "United States English"),
          .init(code: "bracket", columnName: "A (b, c)"),
          .init(code: "sco", columnName: "Scottish"),
        ]
      ], samples: 13)
    // round(13 / 3) = 4
    #expect(config.samplesPerAccent(of: "en") == 4)
    let selection = try Corpus.select(config)
    #expect(selection.tallies.map(\.asked) == [4, 4, 4])
    #expect(selection.tallies.map(\.found) == [10, 10, 10])
    #expect(selection.tallies.map(\.used) == [4, 4, 4])
    #expect(Set(names(selection)).count == 12)  // no row is used for two accents
    for clip in selection.clips where clip.accent == "us" {
      let row = try #require(Int(clip.text.split(separator: " ")[1]))
      #expect(row < 10)
    }
  }

  /// Python's round, which upstream uses, sends halves to the even neighbour.
  @Test func samplesPerAccentRoundsHalvesToEven() {
    let accents = [
      CorpusConfig.Accent(code: "a", columnName: ""), .init(code: "b", columnName: ""),
    ]
    #expect(config("r", ["en": accents], samples: 5).samplesPerAccent(of: "en") == 2)
    #expect(config("r", ["en": accents], samples: 7).samplesPerAccent(of: "en") == 4)
  }

  /// Two accents compete for the same ten rows: each row is used once, and the second comes short.
  @Test func shortfallsAreTold() throws {
    try corpus.write("en", accents: Array(repeating: "x|y", count: 10))
    let selection = try Corpus.select(
      config(
        corpus.root,
        ["en": [.init(code: "cx", columnName: "x"), .init(code: "cy", columnName: "y")]],
        samples: 14))
    #expect(
      selection.tallies == [
        .init(language: "en", accent: "cx", asked: 7, found: 10, used: 7),
        .init(language: "en", accent: "cy", asked: 7, found: 10, used: 3),
      ])
    #expect(selection.shortfalls == [selection.tallies[1]])
    #expect(selection.skipped.isEmpty)
  }

  @Test func sameSeedSameListOtherSeedAnother() throws {
    try corpus.write("en", accents: Array(repeating: "", count: 200))
    let accents = ["en": [CorpusConfig.Accent(code: "", columnName: "")]]
    let first = try Corpus.select(config(corpus.root, accents, samples: 50))
    let again = try Corpus.select(config(corpus.root, accents, samples: 50))
    let other = try Corpus.select(config(corpus.root, accents, samples: 50, seed: 2))
    #expect(first == again)
    #expect(Set(names(first)) != Set(names(other)))
    // A larger sample holds the smaller one: what was encoded before is not lost.
    let larger = try Corpus.select(config(corpus.root, accents, samples: 80))
    #expect(names(larger).prefix(50) == names(first)[...])
    // The file's order says nothing: the first fifty rows are not the sample.
    #expect(names(first).map { Int($0.dropFirst(4).dropLast(4)) ?? 0 }.max() ?? 0 > 100)
  }

  /// The draw for one language does not depend on which others there are.
  @Test func languagesAreIndependent() throws {
    for language in ["en", "id"] {
      try corpus.write(language, accents: Array(repeating: "", count: 40))
    }
    let any = [CorpusConfig.Accent(code: "", columnName: "")]
    func clips(_ languages: [String: [CorpusConfig.Accent]]) throws -> [Clip] {
      var config = config(corpus.root, languages, samples: 20)
      config.splitBy = .clip  // the two languages have speakers in common
      return try Corpus.select(config).clips
    }
    let both = try clips(["en": any, "id": any])
    #expect(try both.filter { $0.language == "id" } == clips(["id": any]))
  }

  @Test func laterTablesFillUp() throws {
    try corpus.write("ms", accents: Array(repeating: "", count: 5), name: "v")
    try corpus.write("ms", accents: Array(repeating: "", count: 50), name: "o", table: "other.tsv")
    var config = config(
      corpus.root, ["ms": [.init(code: "", columnName: "")]], samples: 20)
    config.tables = ["validated.tsv", "other.tsv"]
    let selection = try Corpus.select(config)
    #expect(names(selection).filter { $0.hasPrefix("v") }.count == 5)
    #expect(names(selection).filter { $0.hasPrefix("o") }.count == 15)
    #expect(selection.tallies[0].found == 55)
  }

  /// Paths that would leave the folder of clips, and a file listed twice.
  @Test func refusedRows() throws {
    try corpus.folder.write("secret.mp3", [1])
    try corpus.folder.write("en/clips/a.mp3", [1])
    try corpus.folder.write("en/clips/sub/b.mp3", [1])
    try FileManager.default.createDirectory(
      atPath: corpus.root + "/en/clips/folder.mp3", withIntermediateDirectories: false)
    let paths = ["a.mp3", "a.mp3", "../../secret.mp3", "/etc/hostname", "sub/b.mp3", "..", ""]
    let text =
      "path\tsentence\n" + (paths + ["folder.mp3"]).map { "\($0)\tx\n" }.joined() + "short\n"
    try corpus.folder.write("en/validated.tsv", text.utf8)
    let selection = try Corpus.select(
      config(corpus.root, ["en": [.init(code: "", columnName: "")]], samples: 100))
    #expect(names(selection) == ["a.mp3"])
    let reasons = Dictionary(grouping: selection.skipped.map(\.reason)) { $0 }.mapValues(\.count)
    #expect(selection.skipped.count == 8)
    #expect(selection.skipped.filter { $0.reason.contains("leads out of the folder") }.count == 4)
    #expect(selection.skipped.filter { $0.reason.contains("repeats the clip") }.count == 1)
    #expect(reasons["not a regular file"] == 1)
    #expect(reasons["column 'path' is empty"] == 1)
    #expect(reasons["the row has 1 of 2 columns"] == 1)
    #expect(selection.skipped.contains { $0.path.hasSuffix("/en/validated.tsv:10") })
  }

  @Test func wrongPlacesAreNamed() throws {
    let any = [CorpusConfig.Accent(code: "", columnName: "")]
    func error(_ config: CorpusConfig) -> CorpusError? {
      #expect(throws: CorpusError.self) { try Corpus.select(config) }
    }
    #expect(
      error(config(corpus.root + "/none", ["en": any], samples: 1))?.description
        .hasPrefix(corpus.root + "/none: no such folder") == true)
    #expect(
      error(config(corpus.root, ["en": any], samples: 1))?.description
        .hasPrefix(corpus.root + "/en: no such folder") == true)
    try corpus.folder.write("en/notes.txt", [1])
    #expect(
      error(config(corpus.root, ["en": any], samples: 1))?.description
        .hasPrefix(corpus.root + "/en/clips: no such folder") == true)
    try corpus.folder.write("en/clips/a.mp3", [1])
    #expect(
      error(config(corpus.root, ["en": any], samples: 1))?.description
        .hasPrefix(corpus.root + "/en/validated.tsv: cannot be read") == true)
    try corpus.folder.write("en/validated.tsv", "path\tsentence\n".utf8)
    #expect(
      error(config(corpus.root, ["en": any], samples: 1))?.description
        .contains("language 'en': no row") == true)
    try corpus.folder.write("en/validated.tsv", "path\tsentence\ngone.mp3\tx\n".utf8)
    let problem = error(config(corpus.root, ["en": any], samples: 1))?.description ?? ""
    #expect(problem.contains("none of the 1 matching clips"))
    #expect(problem.contains("gone.mp3: file does not exist"))
    #expect(
      error(config(corpus.root, ["en": [.init(code: "us", columnName: "x")]], samples: 1))
        == .missingColumn(
          path: corpus.root + "/en/validated.tsv", column: "accents", found: ["path", "sentence"]))
  }

  @Test func wrongConfigsNameTheKey() throws {
    let good = CommonVoiceFixture.config()
    func expectError(_ text: String, _ change: (inout CorpusConfig) -> Void) {
      var config = good
      change(&config)
      let error = #expect(throws: CorpusError.self) { try config.validate() }
      #expect(error?.description.contains(text) == true, "\(String(describing: error))")
    }
    try good.validate()
    expectError("corpus.root") { $0.root = "" }
    expectError("corpus.params.samples_per_class") { $0.samplesPerClass = 0 }
    expectError("corpus.params.split: adds up to 0.75") {
      $0.split = .init(train: 0.5, validation: 0.125, test: 0.125)
    }
    expectError("corpus.params.split.val") { $0.split.validation = -0.1 }
    expectError("corpus.params.split.test") { $0.split.test = .nan }
    expectError("corpus.params.split.train: is 0") {
      $0.split = .init(train: 0, validation: 1, test: 0)
    }
    expectError("corpus.max_seconds") { $0.maxSeconds = 0 }
    expectError("corpus.tables") { $0.tables = [] }
    expectError("corpus.tables[0]") { $0.tables = ["../x.tsv"] }
    expectError("corpus.tables[1]: repeats") { $0.tables = ["a.tsv", "a.tsv"] }
    expectError("corpus.languages: is empty") { $0.languages = [:] }
    expectError("corpus.languages.en.accents: is empty") { $0.languages["en"] = .init(accents: []) }
    expectError("no source 'lahaja', only common_voice; describe it") {
      $0.languages["hi"]?.accents[0].dataset = "lahaja"
    }
    expectError("leaves none for each of the 3 accents of 'en'") {
      let accent = CorpusConfig.Accent(code: "a", columnName: "")
      $0.languages["en"] = .init(accents: [accent, accent, accent])
      $0.samplesPerClass = 1
    }
  }

  @Test func skippedTable() throws {
    let path = corpus.root + "/skipped.tsv"
    try SkippedTable.write(
      [
        SkippedClip(path: "a.mp3", language: "en", reason: "two\nlines\tand a tab"),
        SkippedClip(path: "ü.mp3", language: "zh", reason: "x"),
      ], to: path)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8)
        == "path\tlanguage\treason\na.mp3\ten\ttwo lines and a tab\nü.mp3\tzh\tx\n")
    let error = #expect(throws: CorpusError.self) {
      try SkippedTable.write([], to: corpus.root + "/none/skipped.tsv")
    }
    #expect(error?.description.contains("none/skipped.tsv: cannot be written") == true)
  }
}
