import Foundation
import LinearAlgebra

@testable import Evaluation

/// A run of four clips in two languages: small enough to be counted by hand.
///
///     clip  language  accent   cld  default  said        heard (cld)  heard (default)
///     0     en        us       en   en       a b c d     a b c d      a b c d
///     1     en        us       en   th       a b         a x          y
///     2     hi        (none)   en   en       k l         k            k
///     3     hi        (none)   hi   ur       k l m n     k l m n      q
enum ReportSample {
  static let languages = ["en", "hi"]
  static let truth = ["en", "en", "hi", "hi"]
  static let accents = ["us", "us", "", ""]
  static let references = ["a b c d", "a b", "k l", "k l m n"]
  static let predictions = ["en", "en", "en", "hi"]

  static func head(
    _ name: String, _ title: String, _ predictions: [String], _ hypotheses: [String]?,
    training: HeadTraining? = nil
  ) -> HeadEvaluation {
    HeadEvaluation(
      name: name, title: title, languages: languages, truth: truth, accents: accents,
      predictions: predictions, references: references, hypotheses: hypotheses, training: training)
  }

  static let training = HeadTraining(
    settings: ["beta": 0.001, "kind": "cld"], seconds: 2, searchSeconds: 6,
    flops: 1_300_000_000_000, candidates: 4, validationAccuracy: 0.75)

  static var heads: [HeadEvaluation] {
    [
      head("cld", "CLD", predictions, ["a b c d", "a x", "k", "k l m n"], training: training),
      head("default", "Own | detector", ["en", "th", "en", "ur"], ["a b c d", "y", "k", "q"]),
      head("oracle", "Oracle", truth, nil),
    ]
  }

  static func report(objective: Double = 1.5, train: Double = 2) -> RunReport {
    let timing = RunReport.Timing(embed: 1, embedComputed: 7, train: train, evaluate: 3)
    return RunReport(
      provenance: .init(
        name: "sample", version: "1.2.3", date: Date(timeIntervalSince1970: 1_700_000_000),
        encoder: .init(family: "whisper", weightsDigest: "abc123", pooling: "mean"),
        configuration: ["cronos": ["rank": 20, "beta": 0.001, "rho": 1], "name": "a|b"],
        seeds: ["opt_seed": 1024], deliveredIterate: 4,
        deliveredRule: "best validation accuracy",
        zeroColumnShare: 0.25, notes: ["Speech in this corpus is synthetic: espeak-ng | made it."]),
      languages: languages, heads: heads,
      data: .init(
        train: ["en", "en", "hi"], validation: ["hi"], test: truth,
        skipped: [("en", "empty"), ("hi", "empty"), ("hi", "too long")]),
      timing: timing,
      flops: .init(
        encoder: .init(counted: 0, fromCache: 3_000_000_000_000),
        solver: .init(counted: 1_300_000_000_000), decoder: .init(counted: nil), timing: timing),
      solver: .init(
        method: "nystrom-pcg", status: "iteration-limit", iterations: 6, objective: objective,
        residuals: ["primal": 0.5, "dual": .nan]),
      certificate: Certificate(
        logits: Matrix(rows: 4, columns: 2, [4, 0, 2, 0, 1, 0, 0, 1]), labels: [0, 0, 1, 1],
        bounds: [3, 1]),
      comparisons: [
        HeadComparison(
          first: "cld", second: "default",
          right: ([true, true, false, true], [true, false, false, false]),
          edits: (
            [(0, 4), (1, 2), (1, 2), (0, 4)], [(0, 4), (2, 2), (1, 2), (4, 4)]
          ), bootstrap: .init(resamples: 0))
      ],
      trace: [
        .init(
          iteration: 6, seconds: 2, trainLoss: 0.5, trainAccuracy: 0.8, primalResidual: 0.25,
          objective: objective)
      ],
      map: map,
      mistakes: [
        Mistake(
          path: "x/clip2.mp3", language: "hi", accent: "", predicted: "en", margin: -1,
          reference: "k l", hypothesis: "k")
      ], skippedClips: [.init(path: "x/clip9.mp3", language: "hi", reason: "too long")])
  }

  static var map: EmbeddingMap? {
    var map = try? EmbeddingMap(
      embeddings: Matrix(rows: 4, columns: 2, [3, 1, -3, 1, 3, -1, -3, -1]), languages: truth,
      predictions: predictions)
    // 9 : 1, but for the last digit.
    map?.explained = [0.9, 0.1]
    return map
  }
}
