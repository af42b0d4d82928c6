import Foundation
import TestFolders
import Testing

@testable import Embeddings

@Suite struct ManifestTests {
  private let corpus: MadeCorpus
  private var folder: TemporaryFolder { corpus.folder }

  init() throws { corpus = try MadeCorpus() }

  func manifest(_ name: String, _ text: String) throws -> Manifest {
    try Manifest(path: folder.write(name, text.utf8))
  }

  func entries(_ manifest: Manifest, _ language: String = "en") throws -> [ClipEntry] {
    var rows: [RowReference] = []
    try manifest.scan(language: language) { row, _ in rows.append(row) }
    return try rows.map { try manifest.entry(at: $0) }
  }

  /// One clip in five dialects: ours, Common Voice's, NeMo's and Hugging Face's names.
  @Test(arguments: [
    (
      "a.tsv",
      "path\ttext\tlanguage\taccent\tspeaker\tduration\na.wav\t\"hi, you\ten\tus\ts1\t1.5\n"
    ),
    (
      "a.csv",
      "\u{FEFF}file_name,transcription,lang,accents,speaker_id,duration\r\n"
        + "a.wav,\"\"\"hi, you\",en,us,s1,1.5\r\n"
    ),
    (
      "a.jsonl",
      #"{"audio_filepath":"a.wav","text":"\"hi, you","lang":"en","accent":"us","speaker":"s1","duration":1.5,"offset":0}"#
    ),
    (
      "a.json",
      "\u{FEFF}"
        + #"{"audio":{"path":"a.wav","bytes":null},"sentence":"\"hi, you","locale":"en","accents":"us","client_id":"s1","duration":1.5}"#
        + "\r\n\n"
    ),
  ])
  func dialects(name: String, text: String) throws {
    let manifest = try manifest(name, text)
    let found = try entries(manifest)
    try #require(found.count == 1)
    #expect(
      found[0]
        == ClipEntry(
          file: folder.path + "/a.wav", text: "\"hi, you", speaker: "s1", seconds: 1.5,
          language: "en", accents: "us"))
    #expect(try entries(manifest, "zh").isEmpty)
  }

  @Test func quotedLineBreaksAndQuotesInsideCells() throws {
    let manifest = try manifest(
      "a.csv", "path,text\na.wav,\"one\r\ntwo\"\n\nb.wav,5\" long\nc.wav,\"x\"\"y\"\n")
    #expect(try entries(manifest).map(\.text) == ["one\r\ntwo", "5\" long", "x\"y"])
    let open = try self.manifest("b.csv", "path,text\na.wav,\"never closed\nb.wav,x\n")
    let error = #expect(throws: CorpusError.self) { try entries(open) }
    #expect(error?.description.contains("the quote of line 2 is never closed") == true)
  }

  @Test func pathsStayInTheirFolder() throws {
    let inside = folder.path + "/clips/b.wav"
    let lines = ["../a.wav", "/etc/hostname", "x/../../a.wav", inside, "sub/c.wav"]
    let path = try folder.write(
      "clips/m.jsonl", lines.map { "{\"path\":\"\($0)\"}\n" }.joined().utf8)
    let manifest = try Manifest(path: path)
    var found: [String] = []
    try manifest.scan(language: "en") { row, _ in
      do throws(RowProblem) {
        found.append(try manifest.entry(at: row).file)
      } catch {
        found.append(error.description)
      }
    }
    for i in 0..<3 {
      #expect(found[i] == "the path '\(lines[i])' leads out of the folder \(folder.path)/clips")
    }
    #expect(found[3...] == [inside, folder.path + "/clips/sub/c.wav"])
    let free = try Manifest(path: path, clips: "/")
    var rows: [RowReference] = []
    try free.scan(language: "en") { row, _ in rows.append(row) }
    #expect(try free.entry(at: rows[1]).file == "/etc/hostname")
  }

  @Test func brokenRowsAndFiles() throws {
    let manifest = try manifest(
      "a.jsonl", "{\"path\":\"a.wav\",\"offset\":2.5}\n{\"text\":\"x\"}\nnot json\n{\"path\":[]}\n")
    var problems: [String] = []
    try manifest.scan(language: "en") { row, _ in
      do throws(RowProblem) { _ = try manifest.entry(at: row) } catch {
        problems.append("\(row.line): \(error)")
      }
    }
    #expect(
      problems == [
        "1: it is a part of a file, from 2.5 s on; cut the file into clips",
        "2: 'path' is missing or empty", "3: the line is not a JSON object",
        "4: 'path' is neither text nor a number",
      ])
    for (name, text, words) in [
      ("a.txt", "path\n", "known endings"), ("b.csv", "", "it is empty"),
      ("c.json", "[{\"path\":\"a\"}]", "one JSON list"), ("d.tsv", "a,b\n", "no column 'path'"),
    ] {
      let error = #expect(throws: CorpusError.self) { try self.manifest(name, text) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  // MARK: In a selection

  /// A language from Common Voice and from a manifest of several languages: files are used once, and
  /// those that are too long give their place to others.
  @Test func severalSources() throws {
    try corpus.write("ms", accents: Array(repeating: "", count: 5))
    var text = "path\tlanguage\taccent\tduration\n"
    for i in 0..<20 {
      let language = i < 5 ? "zlm" : "id"
      text += "\(i).wav\t\(language)\tA (b, c)|D\t\(i == 0 ? 31 : 2)\n"
      try corpus.folder.write("own/audio/\(i).wav", [1])
    }
    try corpus.folder.write("own/list.tsv", text.utf8)
    let own = CorpusSource.manifest(
      files: [corpus.root + "/own/list.tsv"], clips: corpus.root + "/own/audio")
    let config = CorpusConfig(
      root: corpus.root,
      languages: [
        "id": .init(accents: [.init(code: "d", columnName: "D", dataset: "own")]),
        "ms": .init(accents: [
          .init(code: "cv", columnName: ""),
          .init(code: "own", columnName: "A (b, c)", dataset: "own", overrideCode: "zlm"),
        ]),
      ], samplesPerClass: 10, sources: ["own": own])
    let selection = try Corpus.select(config)
    #expect(
      selection.tallies == [
        .init(language: "id", accent: "d", asked: 10, found: 15, used: 10),
        .init(language: "ms", accent: "cv", asked: 5, found: 5, used: 5),
        .init(language: "ms", accent: "own", asked: 5, found: 5, used: 4),
      ])
    #expect(selection.skipped.map(\.reason) == ["too long: 31.0 s, at most 30.0 s are used"])
    #expect(selection.clips.filter { $0.accent == "own" }.allSatisfy { $0.seconds == 2 })
  }

  @Test func durationsOfCommonVoice() throws {
    try corpus.write("en", accents: Array(repeating: "", count: 10))
    var text = "clip\tduration[ms]\r\n"
    for i in 0..<9 { text += "clip\(i).mp3\t\(i == 3 ? 30_001 : i == 4 ? 0 : 1_000 * i + 500)\r\n" }
    try corpus.folder.write("en/clip_durations.tsv", text.utf8)
    var config = CorpusConfig(
      root: corpus.root, languages: ["en": .init(accents: [.init(code: "", columnName: "")])],
      samplesPerClass: 8)
    let selection = try Corpus.select(config)
    #expect(selection.clips.count == 8)
    for clip in selection.clips {
      let i = try #require(Int(clip.path.dropLast(4).suffix(1)))
      #expect(clip.seconds == (i == 9 ? nil : Double(i) + 0.5))
      #expect(i != 3 && i != 4)
    }
    config.samplesPerClass = 10
    #expect(
      Set(try Corpus.select(config).skipped.map(\.reason)) == [
        "too long: 30.0 s, at most 30.0 s are used", "its table says that it is 0.0 s long",
      ])
    try corpus.folder.write("en/clip_durations.tsv", "name\tlength\n".utf8)
    #expect(throws: CorpusError.self) { try Corpus.select(config) }
  }
}
