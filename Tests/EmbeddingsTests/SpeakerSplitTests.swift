import Foundation
import LinearAlgebra
import TestFolders
import Testing

@testable import Embeddings

@Suite struct SpeakerSplitTests {
  let shares = CorpusConfig.Shares()
  private let corpus: MadeCorpus

  init() throws { corpus = try MadeCorpus() }

  /// Speakers with the given numbers of clips of an accent.
  func clips(_ language: String, _ counts: [Int], accents: Int = 1) -> [Clip] {
    counts.enumerated().flatMap { speaker, count in
      (0..<count).map {
        Clip(
          path: "\(language)/\(speaker)-\($0)", text: "", language: language,
          accent: "a\(speaker % accents)", speaker: "\(language)\(speaker)", split: .train)
      }
    }
  }

  func counts(_ clips: [Clip]) -> [Int] {
    Split.allCases.map { s in clips.count { $0.split == s } }
  }

  func assigned(_ clips: [Clip], byLanguage: Bool = true, seed: Int = 8) -> [Clip] {
    var clips = clips
    SpeakerSplit.assign(&clips, shares, byLanguage: byLanguage, seed: seed)
    return clips
  }

  func expectDisjoint(_ clips: [Clip]) {
    for (speaker, members) in Dictionary(grouping: clips, by: \.speaker) where !speaker.isEmpty {
      #expect(Set(members.map(\.split)).count == 1, "\(speaker)")
    }
  }

  /// Many speakers, most with few clips, as in Common Voice: shares are met but for a clip or two.
  @Test(arguments: 0..<20) func sharesAreMet(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let sizes = (0..<200).map { _ in generator.below(3) == 0 ? 1 + generator.below(40) : 1 }
    let result = assigned(clips("en", sizes, accents: 4), seed: seed)
    expectDisjoint(result)
    let total = Double(sizes.reduce(0, +))
    let counts = counts(result)
    for (count, share) in zip(counts, [0.8, 0.1, 0.1]) {
      // Speakers of one clip, of which there are many, fill what the large ones leave; balancing four
      // accents costs a clip or so each.
      #expect(abs(Double(count) - share * total) <= 5)
    }
    // Accents are balanced within: each has clips held out. The language's count goes before an accent's,
    // which a speaker of many clips can put out by some of these; with these seeds by 8 at most, in accents
    // of 177 clips and more.
    for accent in 0..<4 {
      let members = result.filter { $0.accent == "a\(accent)" }
      let test = Double(members.count { $0.split == .test })
      #expect(abs(test - 0.1 * Double(members.count)) <= 10, "accent \(accent): \(test)")
    }
  }

  /// Where each speaker has one clip, the counts are exactly those of a split by clip.
  @Test func singleClipsAreSplitAsClips() {
    let result = assigned(clips("en", Array(repeating: 1, count: 100)))
    #expect(counts(result) == [80, 10, 10])
  }

  @Test func fewSpeakers() {
    #expect(counts(assigned(clips("en", [50]))) == [50, 0, 0])
    #expect(counts(assigned(clips("en", [50, 50]))) == [50, 0, 50])
    let three = assigned(clips("en", [60, 20, 10]))
    expectDisjoint(three)
    #expect(counts(three).allSatisfy { $0 > 0 } && counts(three)[0] == 60)
  }

  /// 24 accents of one speaker with three clips each: some of them are held out.
  @Test func accentsOfOneSpeaker() {
    let result = assigned(clips("en", Array(repeating: 3, count: 24), accents: 24))
    expectDisjoint(result)
    #expect(counts(result) == [60, 6, 6] || counts(result) == [54, 9, 9], "\(counts(result))")
  }

  @Test(arguments: 0..<20) func aSpeakerOfTwoLanguagesStaysInOneSplit(seed: Int) {
    var all =
      clips("en", Array(repeating: 5, count: 20)) + clips("id", Array(repeating: 5, count: 20))
    for i in all.indices where i % 3 == 0 { all[i].speaker = "both\(i % 7)" }
    expectDisjoint(assigned(all, seed: seed))
    expectDisjoint(assigned(all, byLanguage: false, seed: seed))
  }

  @Test func seededAndIndependentOfTheOrder() {
    let original = clips("en", (0..<60).map { 1 + $0 % 5 })
    let first = assigned(original)
    #expect(assigned(original) == first)
    #expect(assigned(original, seed: 9) != first)
    let reversed = assigned(original.reversed())
    #expect(Set(reversed) == Set(first))
  }

  @Test func unknownSpeakersAreSpeakersOfTheirOwn() {
    var all = clips("en", [100])
    for i in all.indices { all[i].speaker = "" }
    #expect(counts(assigned(all)) == [80, 10, 10])
  }

  @Test func splitsWithoutAShareStayEmpty() {
    var all = clips("en", Array(repeating: 2, count: 50))
    SpeakerSplit.assign(
      &all, .init(train: 0.8, validation: 0, test: 0.2), byLanguage: true, seed: 1)
    #expect(counts(all) == [80, 0, 20])
  }

  // MARK: Split files

  private func selection() throws -> CorpusConfig {
    for language in ["en", "id"] {
      try corpus.write(language, accents: (0..<40).map { $0 % 2 == 0 ? "x" : "" })
    }
    let accents = [
      CorpusConfig.Accent(code: "x", columnName: "x"), .init(code: "any", columnName: ""),
    ]
    return CorpusConfig(
      root: corpus.root, languages: ["en": .init(accents: accents), "id": .init(accents: accents)],
      samplesPerClass: 20, dataSeed: 3)
  }

  @Test func aSplitFileGivesTheSameSelection() throws {
    var config = try selection()
    let drawn = try Corpus.select(config)
    let file = corpus.root + "/split.jsonl"
    try SplitFile.write(drawn.clips, root: config.root, to: file)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("\"path\":\"en/clips/clip"))
    config.splitFile = file
    config.dataSeed = 99
    let again = try Corpus.select(config)
    #expect(again.clips == drawn.clips)
    #expect(again.tallies.map(\.used) == drawn.tallies.map(\.used))

    // On another machine: another root, and a clip that is gone.
    try FileManager.default.moveItem(
      atPath: corpus.root + "/en", toPath: corpus.root + "/new/en", making: true)
    try FileManager.default.moveItem(
      atPath: corpus.root + "/id", toPath: corpus.root + "/new/id", making: true)
    config.root = corpus.root + "/new"
    let gone = config.root + drawn.clips[0].path.dropFirst(corpus.root.count)
    try FileManager.default.removeItem(atPath: gone)
    let moved = try Corpus.select(config)
    #expect(moved.clips.map(\.text) == drawn.clips.dropFirst().map(\.text))
    #expect(moved.clips.map(\.split) == drawn.clips.dropFirst().map(\.split))
    #expect(
      moved.skipped == [SkippedClip(path: gone, language: "en", reason: "file does not exist")])
  }

  @Test func wrongSplitFiles() throws {
    var config = try selection()
    for (line, words) in [
      (#"{"path":"en/clips/clip0.mp3","language":"en","split":"dev"}"#, "'split' is 'dev'"),
      (#"{"path":"en/clips/clip0.mp3","language":"sw","split":"train"}"#, "'sw' is not in"),
      (#"{"path":"../x.mp3","language":"en","split":"train"}"#, "leads out"),
      (#"{"path":"en/clips/clip0.mp3","language":"en","split":"train"}"#, "language 'id'"),
    ] {
      config.splitFile = try corpus.folder.write("split.jsonl", line.utf8)
      let error = #expect(throws: CorpusError.self) { try Corpus.select(config) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  @Test func planTellsOfSharedSpeakers() throws {
    var config = try selection()  // seven speakers
    let apart = CorpusPlan(try Corpus.select(config), shares: config.split)
    #expect(apart.sharedSpeakers == 0 && apart.exposedClips == 0)
    #expect(apart.total.tally.used == 40 && apart.total.seconds == nil)
    #expect(apart.total.train + apart.total.validation + apart.total.test == 40)
    #expect(apart.rows.map(\.tally.accent) == ["x", "any", "x", "any"])
    config.splitBy = .clip
    let mixed = CorpusPlan(try Corpus.select(config), shares: config.split)
    #expect(mixed.sharedSpeakers > 0 && mixed.exposedClips > 0)
    let one = CorpusSelection(
      clips: [Clip(path: "a", text: "", language: "en", split: .train, seconds: 1.5)],
      tallies: [.init(language: "en", accent: "", asked: 1, found: 1, used: 1)], skipped: [])
    let plan = CorpusPlan(one, shares: config.split)
    #expect(plan.rows[0].seconds == 1.5)
    #expect(plan.emptySplits.map(\.split) == [.validation, .test])
  }
}

extension FileManager {
  fileprivate func moveItem(atPath path: String, toPath target: String, making: Bool) throws {
    try createDirectory(
      at: URL(fileURLWithPath: target).deletingLastPathComponent(),
      withIntermediateDirectories: true)
    try moveItem(atPath: path, toPath: target)
  }
}
