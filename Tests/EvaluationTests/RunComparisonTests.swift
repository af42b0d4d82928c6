import Foundation
import TestFolders
import Testing

@testable import Evaluation

@Suite struct RunComparisonTests {
  private let runs: TemporaryFolder

  init() throws { runs = try TemporaryFolder() }

  private func folder(_ name: String, _ predictions: [String], paths: [String]) throws -> String {
    let path = runs(name)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try ReportSample.report().writeJSON(to: path + "/report.json")
    try PredictionsTable(
      paths: paths, languages: ReportSample.truth, accents: ReportSample.accents,
      references: ["a\tb", "", "c", "d"],
      heads: [.init(name: "cld", predictions: predictions, hypotheses: nil)]
    ).write(to: path + "/predictions.tsv")
    return path
  }

  @Test func testsAreOfTheCommonClips() throws {
    let first = try folder("a", ["en", "en", "hi", "hi"], paths: ["0", "1", "2", "3"])
    let second = try folder("b", ["hi", "hi", "hi", "en"], paths: ["0", "1", "2", "9"])
    let third = try folder("c", ["en", "en", "hi", "hi"], paths: ["5", "6", "7", "8"])
    let comparison = RunComparison(try [first, second, third].map(RunComparison.Run.init))
    let tests = comparison.tests
    #expect((tests[0]?.clips, tests[0]?.onlyFirst, tests[0]?.onlySecond) == (3, 2, 0))
    #expect(tests[0]?.pValue == 0.5)
    #expect(tests[1] == nil)
    let text = comparison.text
    #expect(text.contains("a    CLD       4       75.00  30.06 … 95.44  16.67  15.00        2"))
    #expect(text.contains("b                     3             2                     0        0.5"))
    let json = try comparison.json()
    guard case .array(let runs) = json["runs"], case .array(let list) = json["tests"] else {
      Issue.record("\(json)")
      return
    }
    #expect(runs.map { $0["name"] } == ["a", "b", "c"])
    #expect(list[0]["p_value"] == 0.5)
    #expect(list[1] == .null)
  }

  /// A file of the same name whose language another run says otherwise is another clip.
  @Test func clipsOfOtherLanguagesAreNotCommon() throws {
    let paths = ["0", "1", "2", "3"]
    let first = try RunComparison.Run(folder: folder("a", ReportSample.predictions, paths: paths))
    var second = first
    second.answers["1"] = ("hi", "hi")
    #expect(RunComparison([first, second]).tests[0]?.clips == 3)
  }

  @Test func damagedTablesAreNamed() throws {
    let path = try folder("a", ["en", "en", "hi", "hi"], paths: ["0", "1", "2", "3"])
    let table = path + "/predictions.tsv"
    #expect(try PredictionsTable(contentsOf: table).rows[0].last == "a\tb")
    for (text, word) in [
      ("", "empty"), ("path\tlanguage\nx\n", "line 2 has 1 cells, the header 2"),
      ("path\tlanguage\nx\ty\n", "predicted_cld"),
    ] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: table))
      #expect {
        try RunComparison.Run(folder: path)
      } throws: { "\($0)".contains(word) && "\($0)".contains(table) }
    }
    #expect { try RunComparison.Run(folder: "nowhere") } throws: {
      "\($0)".contains("nowhere/report.json")
    }
  }
}
