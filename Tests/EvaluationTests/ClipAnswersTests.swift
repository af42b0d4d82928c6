import LinearAlgebra
import Testing

@testable import Evaluation

@Suite struct ClipAnswersTests {
  private var answers: ClipAnswers {
    ClipAnswers(
      languages: ReportSample.languages, paths: (0..<4).map { "x/\($0).mp3" },
      truth: ReportSample.truth, accents: ReportSample.accents,
      references: ReportSample.references,
      heads: [
        .init(
          name: "cld", title: "CLD", predictions: ReportSample.predictions,
          hypotheses: ["a b c d", "a x", "k", "k l m n"]),
        .init(
          name: "default", title: "D", predictions: ["en", "th", "en", "ur"],
          hypotheses: ["a b c d", "y", "k", "q"]),
        .init(name: "nn", title: "NN", predictions: ["hi", "en", "hi", "hi"]),
        .init(name: "oracle", title: "O", predictions: ReportSample.truth),
      ], normalisers: [.none, .nfkc], bootstrap: .init(resamples: 50))
  }

  @Test func everyPairButTheOraclesIsCompared() throws {
    let comparisons = answers.comparisons
    #expect(
      comparisons.map { [$0.first, $0.second] } == [
        ["cld", "default"], ["cld", "nn"], ["default", "nn"],
      ])
    let own = comparisons[0]
    #expect((own.clips, own.onlyFirst, own.onlySecond, own.pValue) == (4, 2, 0, 0.5))
    // 2 and 7 edits of 12 words: a handful of roundings of doubles below 100, of at most 7e-15 each.
    #expect(abs(try #require(own.werDifference) + 100 * 5 / 12) < 1e-13)
    let interval = try #require(own.werDifferenceInterval)
    #expect(interval.lower < -41 && interval.upper <= 0)
    #expect(comparisons[1].werDifference == nil)
    #expect((comparisons[1].onlyFirst, comparisons[1].onlySecond) == (1, 1))
  }

  @Test func rowsHaveIntervalsAndOtherNormalisers() throws {
    let rows = answers.evaluations
    #expect(rows.map(\.name) == ["cld", "default", "nn", "oracle"])
    let text = try #require(rows[0].transcription)
    #expect(text.overall.werInterval != nil)
    #expect(text.perLanguage["en"]?.werInterval != nil)
    #expect(text.normalised.keys.sorted() == ["nfkc"])
    #expect(rows[2].transcription == nil)
  }

  @Test func otherNormalisersAreApplied() throws {
    let row = HeadEvaluation(
      name: "cld", title: "CLD", languages: ["en"], truth: ["en"], accents: [""],
      predictions: ["en"], references: ["Hello, world."], hypotheses: ["hello world"],
      normalisers: [.none, .lowerPunctuation, .nfkc])
    let text = try #require(row.transcription)
    #expect(text.wer == 100)
    #expect(text.normalised.mapValues(\.wer) == ["lower-punctuation": 0, "nfkc": 100])
  }

  @Test func surestMistakesComeFirst() {
    let margins: [Float] = [1, -0.5, -2, 3]
    // Only clip 2 is wrong under "cld"; with all wrong, the order is the margins'.
    #expect(answers.mistakes(margins: margins).map(\.path) == ["x/2.mp3"])
    var wrong = answers
    wrong.heads[0].predictions = ["hi", "hi", "en", "en"]
    #expect(
      wrong.mistakes(margins: [-1, -0.5, -2, -3], limit: 3).map(\.path) == [
        "x/3.mp3", "x/2.mp3", "x/0.mp3",
      ])
    #expect(wrong.mistakes(margins: nil).count == 4)
  }

  /// Points on a tilted line with a little across: by hand, the axes are known.
  @Test func mapIsPrincipalComponents() throws {
    let rows: [Float] = [3, 1, -3, 1, 3, -1, -3, -1]
    let names = ["a", "b", "c", "d"]
    for extra in [0, 3] {  // more columns than rows, too: the other product is taken apart
      let x = Matrix<Float>(rows: 4, columns: 2 + extra) { i, j in
        j < 2 ? rows[2 * i + j] + 5 : 7
      }
      let map = try EmbeddingMap(embeddings: x, languages: names, predictions: names)
      // Means and products are whole numbers, the eigenvalues 36, 4 and 0. They err by a few
      // ε·36 = 8e-15, their vectors by a few ε·36/4, the least gap between those that count: with
      // coordinates up to 3 that is a few 6e-15.
      #expect(abs(map.explained[0] - 0.9) < 1e-12 && abs(map.explained[1] - 0.1) < 1e-12)
      for (i, point) in map.points.enumerated() {
        // The largest coordinate is positive; of equal ones any may be, so only the size is sure.
        #expect(abs(abs(point.x) - 3) < 1e-12 && abs(abs(point.y) - 1) < 1e-12)
        #expect((point.x * map.points[0].x > 0) == (rows[2 * i] * rows[0] > 0))
      }
    }
    let same = Matrix<Float>(rows: 2, columns: 3, repeating: 1)
    let flat = try EmbeddingMap(embeddings: same, languages: ["a", "b"], predictions: ["a", "a"])
    #expect(flat.points.allSatisfy { $0.x == 0 && $0.y == 0 })
  }
}
