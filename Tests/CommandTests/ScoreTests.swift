import Evaluation
import Foundation
import TestFolders
import Testing

/// `score` on the metrics fixture, jiwer's own numbers.
@Suite struct ScoreTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Fixture: Decodable {
    struct Pair: Decodable {
      let language, reference, hypothesis: String
      let words, characters: Counts
    }

    struct Counts: Decodable {
      let hits, substitutions, deletions, insertions: Int
      var edits: Int { substitutions + deletions + insertions }
      var units: Int { hits + substitutions + deletions }
    }

    let pairs: [Pair]
  }

  /// The pairs that lines can hold: one has a line break inside. The corpus of the others is summed
  /// from jiwer's counts of each, as it sums its own.
  private func pairs() throws -> [Fixture.Pair] {
    let data = Data(try text(of: fixture("metrics/wer_cer.json")).utf8)
    let pairs = try JSONDecoder().decode(Fixture.self, from: data).pairs
    let kept = pairs.filter { pair in
      !(pair.reference + pair.hypothesis).unicodeScalars.contains { $0 == "\n" || $0 == "\r" }
    }
    try #require(kept.count > 30)
    return kept
  }

  private func score(_ references: [String], _ hypotheses: [String], end: String = "\n")
    async throws -> JSONValue
  {
    try folder.write("r.txt", references.map { $0 + end }.joined())
    try folder.write("h.txt", hypotheses.map { $0 + end }.joined())
    let outcome = try expectSuccess(
      await cld(
        "score", "--references", folder("r.txt"), "--hypotheses", folder("h.txt"), "--json"))
    #expect(outcome.error == "")
    return try json(outcome.output)
  }

  @Test(arguments: ["\n", "\r\n"])
  func corpusRatesAreJiwers(_ end: String) async throws {
    let pairs = try pairs()
    let scores = try await score(pairs.map(\.reference), pairs.map(\.hypothesis), end: end)
    for (key, unit, counts) in [
      ("wer", "words", pairs.map(\.words)), ("cer", "characters", pairs.map(\.characters)),
    ] {
      let (edits, units) = (
        counts.map(\.edits).reduce(0, +), counts.map(\.units).reduce(0, +)
      )
      // Two roundings of a double below 128, of at most 7e-15 each, here and there.
      let rate = try #require(scores[key]?.double)
      #expect(abs(rate - 100 * Double(edits) / Double(units)) < 1e-13)
      let found = ["substitutions", "deletions", "insertions"].compactMap {
        scores.at("\(unit).\($0)")?.double
      }
      #expect(found.count == 3)
      #expect(found.reduce(0, +) == Double(edits))
    }
    #expect(scores["pairs"] == .integer(pairs.count))
  }

  @Test func tableIsForReaders() async throws {
    // One word of four is wrong; of 16 characters, 1.
    try folder.write("r.txt", "the cat sat down\n")
    try folder.write("h.txt", "the cat sat dawn")
    let outcome = try expectSuccess(
      await cld("score", "--references", folder("r.txt"), "--hypotheses", folder("h.txt")))
    #expect(
      outcome.outputLines == [
        "WER 25.00 %  (1 substitutions, 0 deletions, 0 insertions, 3 hits)",
        "CER 6.25 %  (1 substitutions, 0 deletions, 0 insertions, 15 hits)", "1 pairs",
      ])
  }

  @Test func emptyLinesAreEmptyTexts() async throws {
    let scores = try await score(["a b", "", "c"], ["a b", "x", ""])
    // One insertion and one deletion on three words; two roundings, as above.
    #expect(abs((scores["wer"]?.double ?? -1) - 200.0 / 3) < 1e-13)
    #expect(scores["pairs"] == 3)
  }

  @Test func unequalNumbersOfLines() async throws {
    try folder.write("r.txt", "a\nb\nc\n")
    try folder.write("h.txt", "a\nb\n")
    expectRefusal(
      try await cld("score", "--references", folder("r.txt"), "--hypotheses", folder("h.txt")), 65,
      naming: folder("r.txt"), "3 lines", folder("h.txt"), " 2")
  }

  @Test func missingFile() async throws {
    try folder.write("r.txt", "a\n")
    expectRefusal(
      try await cld("score", "--references", folder("r.txt"), "--hypotheses", folder("no.txt")),
      66, naming: folder("no.txt"))
  }

  @Test func notUTF8() async throws {
    try folder.write("r.txt", "a\nb\n")
    try folder.write("h.txt", [0x61, 0x0A, 0xFF, 0xFE, 0x0A])
    expectRefusal(
      try await cld("score", "--references", folder("r.txt"), "--hypotheses", folder("h.txt")), 65,
      naming: folder("h.txt"), "line 2", "UTF-8")
  }

  @Test func noLines() async throws {
    try folder.write("e.txt", "")
    expectRefusal(
      try await cld("score", "--references", folder("e.txt"), "--hypotheses", folder("e.txt")), 65,
      naming: folder("e.txt"))
  }
}
