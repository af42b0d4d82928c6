import Foundation
import Testing

@testable import Evaluation

@Suite struct RunReportTests {
  private func tree(_ report: RunReport) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: Data(report.json().utf8))
  }

  private func at(_ path: String, in tree: JSONValue) -> JSONValue? {
    path.split(separator: ".").reduce(tree) { $0?[String($1)] }
  }

  /// The keys that scripts depend on, and by hand what stands there.
  @Test(
    arguments: [
      ("detection.accuracy", 0.75),
      ("detection.per_language.en.accuracy", 1), ("detection.per_language.hi.accuracy", 0.5),
      ("detection.per_language.en.precision", .number(2 / 3.0)),
      ("detection.per_accent.en/us.accuracy", 1), ("detection.per_accent.en/us.clips", 2),
      ("detection.per_accent.hi.accuracy", 0.5), ("detection.per_accent.hi.accent", ""),
      ("detection.confusion.counts", [[2, 0], [1, 1]]),
      ("detection.confusion.languages", ["en", "hi"]), ("detection.confusion.outside", [0, 0]),
      // Of 12 words one is substituted and one deleted; of 20 characters 1 and 2.
      ("transcription.wer", .number(100 * (2 / 12.0))), ("transcription.cer", 15),
      ("transcription.per_language.hi.wer", .number(100 * (1 / 6.0))),
      ("transcription.per_accent.en/us.words.substitutions", 1),
      ("flops.encoder.counted", 0), ("flops.encoder.from_cache", 3_000_000_000_000),
      ("flops.solver.counted", 1_300_000_000_000), ("flops.decoder.counted", nil),
      ("flops.convention_seconds", 10), ("flops.paper_convention_tflops", 2184),
      ("flops.conventions.paper-table-1.tflops", 2184),
      ("flops.conventions.model-card.tflops", 2310),
      ("flops.conventions.model-card.tflop_per_second", 231),
      ("timing.embed_s", 1), ("timing.train_s", 2), ("timing.evaluate_s", 3),
      ("timing.embed_computed_s", 7),
      ("solver.method", "nystrom-pcg"), ("solver.status", "iteration-limit"),
      ("solver.iterations", 6), ("solver.objective", 1.5), ("solver.lower_bound", nil),
      ("solver.relative_gap", nil), ("solver.residuals", ["primal": 0.5, "dual": nil]),
      ("certificate.lipschitz", 4), ("certificate.class_lipschitz", [3, 1]),
      ("certificate.median_radius", 0.375),
      ("data.train", 3), ("data.validation", 1), ("data.test", 4), ("data.skipped", 3),
      ("data.per_language.hi", ["train": 1, "validation": 1, "test": 2, "skipped": 2]),
      ("data.skipped_by_reason", ["empty": 2, "too long": 1]),
      ("main_head", "cld"), ("languages", ["en", "hi"]),
      ("provenance.date", "2023-11-14T22:13:20Z"), ("provenance.seeds.opt_seed", 1024),
      ("provenance.configuration.cronos.beta", 0.001), ("provenance.delivered_iterate", 4),
      ("provenance.encoder.weights_digest", "abc123"),
    ] as [(String, JSONValue)])
  func keysOfTheContract(path: String, value: JSONValue) throws {
    #expect(at(path, in: try tree(ReportSample.report())) == value, "\(path)")
  }

  @Test func certifiedAccuracyIsACurve() throws {
    let curve = at("certificate.certified_accuracy", in: try tree(ReportSample.report()))
    guard case .array(let points) = curve else {
      Issue.record("no array but \(String(describing: curve))")
      return
    }
    #expect(points.first == ["radius": 0, "accuracy": 0.75])
    #expect(points.last == ["radius": 1, "accuracy": 0.25])
  }

  @Test func everyHeadHasARow() throws {
    guard case .array(let heads) = try tree(ReportSample.report())["heads"] else {
      Issue.record("no heads")
      return
    }
    #expect(heads.map { $0["name"] } == ["cld", "default", "oracle"])
    #expect(heads.map { at("detection.accuracy", in: $0) } == [0.75, 0.25, 1])
    // The detector's th and ur are outside the run's languages.
    #expect(at("detection.confusion.outside", in: heads[1]) == [1, 1])
    #expect(heads[2]["transcription"] == JSONValue.null)
    // "a b" → "y" 2, "k l" → "k" 1, "k l m n" → "q" 4 of 12 words.
    #expect(at("transcription.wer", in: heads[1]) == .number(100 * (7 / 12.0)))
  }

  @Test func partsThatAreMissingAreNull() throws {
    var report = ReportSample.report()
    report.solver = nil
    report.certificate = nil
    let tree = try tree(report)
    #expect(tree["solver"] == JSONValue.null)
    #expect(tree["certificate"] == JSONValue.null)
    let read = try JSONDecoder().decode(RunReport.self, from: Data(report.json().utf8))
    #expect(read == report)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func notFiniteIsNull(number: Double) throws {
    var report = ReportSample.report(objective: number, train: number)
    report.provenance.zeroColumnShare = number
    report.provenance.configuration = ["beta": .number(number)]
    let tree = try tree(report)
    for path in [
      "solver.objective", "timing.train_s", "provenance.zero_column_share",
      "provenance.configuration.beta", "solver.residuals.dual",
    ] {
      #expect(at(path, in: tree) == JSONValue.null, "\(path)")
    }
    #expect(at("flops.convention_seconds", in: tree) == 8)
  }

  @Test func roundTrip() throws {
    let report = ReportSample.report()
    let text = try report.json()
    let read = try JSONDecoder().decode(RunReport.self, from: Data(text.utf8))
    #expect(read == report)
    #expect(try read.json() == text)
  }

  @Test func sortedKeysAndOneNewlineAtTheEnd() throws {
    let text = try ReportSample.report().json()
    #expect(text.hasSuffix("}\n"))
    let keys = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.map {
      $0.split(separator: "\"")[1]
    }
    #expect(keys.count == 16)
    #expect(keys == keys.sorted())
  }

  @Test func mainHeadMustBeThere() throws {
    let text = try ReportSample.report().json()
      .replacingOccurrences(of: "\"main_head\" : \"cld\"", with: "\"main_head\" : \"nobody\"")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(RunReport.self, from: Data(text.utf8))
    }
  }

  @Test func aLanguageWithoutClips() throws {
    let head = HeadEvaluation(
      name: "cld", title: "CLD", languages: ["en", "zh", "en"], truth: ["en", "fr"],
      accents: ["", ""], predictions: ["en", "en"], references: ["a", "b"],
      hypotheses: ["a", "b"])
    #expect(head.detection.confusion.languages == ["en", "zh", "fr"])
    #expect(head.detection.perLanguage["zh"]?.clips == 0)
    #expect(head.detection.perLanguage["zh"]?.accuracy == nil)
    #expect(head.detection.perLanguage["fr"]?.accuracy == 0)
    #expect(head.transcription?.perLanguage.keys.sorted() == ["en", "fr"])
  }
}
