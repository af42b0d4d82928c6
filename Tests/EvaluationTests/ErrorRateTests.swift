import Testing

@testable import Evaluation

/// What jiwer 4.0.0 counts on 40 pairs; `README.md` beside the file has the rules.
private struct WERFixture: Decodable {
  struct Counts: Decodable {
    let hits, substitutions, deletions, insertions: Int
    var counts: EditCounts {
      EditCounts(
        hits: hits, substitutions: substitutions, deletions: deletions, insertions: insertions)
    }
  }
  struct Pair: Decodable {
    let language, reference, hypothesis: String
    let wer, cer: Double
    let words, characters: Counts
  }
  struct Sum: Decodable {
    let pairs: Int
    let wer, cer: Double
    let words, characters: Counts
  }
  struct Rates: Decodable {
    let wer, cer: Double
  }
  let pairs: [Pair]
  let corpus: Sum
  let corpusByLanguage: [String: Sum]
  let evaluateCheck: Rates

  enum CodingKeys: String, CodingKey {
    case pairs, corpus
    case corpusByLanguage = "corpus_by_language"
    case evaluateCheck = "evaluate_check"
  }
}

@Suite struct ErrorRateTests {
  @Test func everyPairAsJiwerCountsIt() throws {
    let fixture: WERFixture = try metricsFixture("wer_cer.json")
    #expect(fixture.pairs.count == 40)
    for pair in fixture.pairs {
      let words = ErrorRate.words(reference: pair.reference, hypothesis: pair.hypothesis)
      let characters = ErrorRate.characters(reference: pair.reference, hypothesis: pair.hypothesis)
      let comment: Comment =
        "\(pair.reference.debugDescription) \(pair.hypothesis.debugDescription)"
      #expect(words == pair.words.counts, comment)
      #expect(characters == pair.characters.counts, comment)
      #expect(abs(words.rate - pair.wer) <= ratioTolerance, comment)
      #expect(abs(characters.rate - pair.cer) <= ratioTolerance, comment)
    }
  }

  @Test func sumsOfTheListAndOfEachLanguage() throws {
    let fixture: WERFixture = try metricsFixture("wer_cer.json")
    func check(_ pairs: [WERFixture.Pair], _ want: WERFixture.Sum) {
      let scores = TranscriptionScores(
        references: pairs.map(\.reference), hypotheses: pairs.map(\.hypothesis))
      #expect(scores.pairs == want.pairs)
      #expect(scores.words == want.words.counts)
      #expect(scores.characters == want.characters.counts)
      #expect(abs(scores.wer - 100 * want.wer) <= 100 * ratioTolerance)
      #expect(abs(scores.cer - 100 * want.cer) <= 100 * ratioTolerance)
    }
    check(fixture.pairs, fixture.corpus)
    #expect(abs(fixture.corpus.wer - fixture.evaluateCheck.wer) <= ratioTolerance)
    #expect(abs(fixture.corpus.cer - fixture.evaluateCheck.cer) <= ratioTolerance)
    #expect(fixture.corpusByLanguage.count == 6)
    for (language, want) in fixture.corpusByLanguage {
      check(fixture.pairs.filter { $0.language == language }, want)
    }
  }

  @Test(arguments: [
    // A run of two is one separator, whatever it is made of; one alone is a letter like any other.
    ("a\tb", ["a\tb"]), ("a\t\u{3000}b", ["a", "b"]), ("a  b", ["a", "b"]),
    ("a\u{3000}b c", ["a\u{3000}b", "c"]), ("a\r\nb", ["a", "b"]),
    ("\u{1C}\u{85}\u{A0} a \u{2029}", ["a"]), ("\u{1F}a", ["a"]), ("a\u{205F}", ["a"]),
    // The zero-width space, the Mongolian vowel separator and the byte-order mark are no white space.
    ("a\u{200B}\u{200B}b", ["a\u{200B}\u{200B}b"]), ("\u{180E}", ["\u{180E}"]),
    ("\u{FEFF}a", ["\u{FEFF}a"]),
    ("", []), (" ", []), ("\u{3000}\t ", []),
  ])
  func wordsSplitAsPythonSplits(text: String, words: [String]) {
    #expect(
      PythonText.words(text).map { Array($0) } == words.map { $0.unicodeScalars.map(\.value) })
  }

  /// The set that CPython's `str.isspace` holds, counted over all scalars with Python 3.11.
  @Test func whiteSpaceIsPythons() {
    let spaces = (0...0x10FFFF).filter { PythonText.isSpace(UInt32($0)) }
    #expect(
      spaces
        == [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 0x1680] + Array(0x2000...0x200A)
        + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000])
  }

  @Test func canonicalEquivalentsDiffer() {
    // é as one scalar and as two: Swift's strings are equal, jiwer's are not.
    #expect("caf\u{E9}" == "cafe\u{301}")
    #expect(
      ErrorRate.words(reference: "caf\u{E9}", hypothesis: "cafe\u{301}")
        == EditCounts(substitutions: 1))
    #expect(
      ErrorRate.characters(reference: "caf\u{E9}", hypothesis: "cafe\u{301}")
        == EditCounts(hits: 3, substitutions: 1, insertions: 1))
    // One grapheme cluster, two scalars.
    #expect(ErrorRate.characters(reference: "\u{1F1EE}\u{1F1F3}", hypothesis: "").deletions == 2)
  }

  @Test func emptyReferences() {
    let silence = ErrorRate.words(reference: " ", hypothesis: "")
    #expect(silence == EditCounts())
    #expect(silence.rate == 0)
    let ghosts = ErrorRate.words(reference: "", hypothesis: "ghost words appear")
    #expect(ghosts == EditCounts(insertions: 3))
    #expect(ghosts.rate == 3)
    let letters = ErrorRate.characters(reference: "", hypothesis: "ab")
    #expect(letters == EditCounts(insertions: 2))
    #expect(letters.rate == 2)
    // In a sum the insertions count against the words of the other references.
    let scores = TranscriptionScores(references: ["", "one two"], hypotheses: ["a", "one two"])
    #expect(scores.wer == 50)
    #expect(TranscriptionScores(references: [], hypotheses: []).wer == 0)
  }

  @Test func jsonOfScores() throws {
    let scores = TranscriptionScores(
      references: ["a b c d"], hypotheses: ["a x c"])  // one substitution, one deletion
    let tree = try JSONValue(encoding: scores)
    #expect(
      tree == [
        "wer": 50, "cer": .number(300 / 7.0), "mer": 50, "pairs": 1, "empty_references": 0,
        "wer_interval": nil, "cer_interval": nil, "mer_interval": nil,
        "mixed": [
          "hits": 2, "substitutions": 1, "deletions": 1, "insertions": 0, "reference_length": 4,
        ],
        "words": [
          "hits": 2, "substitutions": 1, "deletions": 1, "insertions": 0, "reference_length": 4,
        ],
        "characters": [
          "hits": 4, "substitutions": 1, "deletions": 2, "insertions": 0, "reference_length": 7,
        ],
      ])
  }
}
