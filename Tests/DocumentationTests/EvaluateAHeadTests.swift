import Evaluation
import LinearAlgebra
import Testing

// The functions are those of EvaluateAHead.md, word for word: ArticleTests compares them.

func detection() -> DetectionScores {
  DetectionScores(
    languages: ["en", "hi", "id"], truth: ["en", "en", "hi", "hi", "id", "id"],
    accents: ["us", "in", "", "", "", ""], predictions: ["en", "hi", "hi", "hi", "id", "id"])
}

func texts() -> TranscriptionScores {
  TranscriptionScores(
    references: ["the cat sat", "on the mat"], hypotheses: ["the cat sat", "on a mat"])
}

func compare() -> [HeadComparison] {
  let truth = ["en", "en", "hi", "hi", "id", "id"]
  let none = truth.map { _ in "" }
  return ClipAnswers(
    languages: ["en", "hi", "id"], paths: (1...6).map { "clip \($0)" }, truth: truth,
    accents: none, references: none,
    heads: [
      .init(name: "cld", title: "CLD", predictions: ["en", "en", "hi", "hi", "id", "id"]),
      .init(name: "knn", title: "kNN", predictions: ["en", "hi", "hi", "id", "id", "id"]),
    ]
  ).comparisons
}

func certify(logits: Matrix<Float>, labels: [Int], bounds: [Double]) -> Certificate {
  Certificate(logits: logits, labels: labels, bounds: bounds, radii: [0, 0.1, 0.2])
}

@Suite struct EvaluateAHeadTests {
  @Test func theExampleCounts() {
    #expect(detection().correct == 5)
    #expect(detection().perAccent["en/in"]?.correct == 0)
    #expect(texts().words.edits == 1 && texts().words.referenceCount == 6)
    #expect(compare().map(\.onlyFirst) == [2])
    #expect(compare().map(\.onlySecond) == [0])
    let logits = Matrix<Float>(rows: 3, columns: 2, [0.25, 0, 0.5, 0, 0, 1])
    let certificate = certify(logits: logits, labels: [0, 0, 0], bounds: [1, 1])
    // Radii 0.125, 0.25, and 0 for the wrong one.
    let shares: [Double] = [2, 2, 1].map { $0 / 3 }
    #expect(certificate.certifiedAccuracy.map(\.accuracy) == shares)
  }
}
