import Evaluation
import Foundation
import TestFolders
import Testing

@testable import cld_train

/// `tables` on the fixture corpus, and the repository's own tables.
@Suite struct TablesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try SpeechModel.writeShort(to: folder("model"))
    try folder.write(
      "base.json",
      SampleConfig.make(
        model: "model", output: folder("unused"), languages: ["en": "", "hi": "", "id": ""]))
  }

  private func config(_ changes: [String: JSONValue] = [:]) throws -> String {
    try folder.write("paper.json", ["rows": ["CLD": ["small": 90, "gone": 80]]] as JSONValue)
    let members: [String: JSONValue] = [
      "title": "A table", "corner": "Head", "paper": "paper.json", "metric": "accuracy",
      "runs": [
        "small": ["config": "base.json"],
        "gone": ["config": "base.json", "set": ["encoder.path": "/no/whisper-large"]],
      ],
      "columns": [
        ["label": "small", "run": "small"], ["label": "gone", "run": "gone"],
        ["label": "seconds", "run": "small", "metric": "train_s"],
      ],
      "rows": [
        ["label": "CLD", "head": "cld"], ["label": "default", "head": "default"],
        ["label": "SFT", "absent": "no such thing here"],
        ["label": "Hindi", "head": "cld", "accent": "hi"],
      ],
      "output": .string(folder("table")), "runs_folder": .string(folder("runs")),
    ]
    return try folder.write("table.json", .object(members.merging(changes) { $1 }))
  }

  private func cell(_ table: JSONValue, _ row: String, _ column: String) -> JSONValue? {
    guard case .array(let cells)? = table["cells"] else { return nil }
    return cells.first { $0["row"]?.string == row && $0["column"]?.string == column }
  }

  @Test func fillsWhatItCan() async throws {
    let config = try config()
    let outcome = try expectSuccess(await cld("tables", "--config", config, "--json"))
    let table = try json(outcome.output)
    let small = try #require(cell(table, "CLD", "small"))
    let ours = try #require(small["ours"]?.double)
    #expect(small["paper"] == 90 && small["difference"]?.double == ours - 90)
    #expect((small["lower"]?.double ?? 101) <= ours && (small["upper"]?.double ?? -1) >= ours)
    #expect(cell(table, "CLD", "gone")?["ours"] == .null)
    #expect(cell(table, "CLD", "gone")?["missing"]?.string?.contains("/no/whisper-large") == true)
    #expect((cell(table, "CLD", "seconds")?["ours"]?.double ?? 0) > 0)
    #expect(cell(table, "SFT", "small")?["missing"] == "no such thing here")
    // The number is the run's own.
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder("runs"))
    let run = try #require(runs.first { $0.hasPrefix("small-") })
    let report = try json(text(of: folder("runs/\(run)/report.json")))
    #expect(report.at("detection.accuracy")?.double.map { 100 * $0 } == ours)
    #expect(report["transcription"] == .null, "no error rate is asked")
    #expect(
      cell(table, "Hindi", "small")?["ours"]?.double
        == report.at("detection.per_language.hi.accuracy")?.double.map { 100 * $0 })
    for name in ["table.md", "table.csv", "table.tex", "table.html"] {
      #expect(try text(of: folder("table/\(name)")).contains("CLD"), "\(name)")
    }
    // What was done is not done again.
    let again = try expectSuccess(await cld("tables", "--config", config))
    #expect(!again.error.contains("run small") && again.output.contains("Missing:"))
  }

  /// Subsets of two sizes by two seeds: the same test clips, nested training clips.
  @Test func sizesAndSeeds() async throws {
    let config = try config([
      "paper": .null, "seeds": [1, 2],
      "runs": ["small": ["config": "base.json", "set": ["cronos.admm_iters": 2]]],
      "columns": [["label": "CLD", "run": "small", "head": "cld"]],
      "rows": [["label": "2", "size": 2], ["label": "3", "size": 3]],
    ])
    let table = try json(
      expectSuccess(await cld("tables", "--config", config, "--json")).output)
    #expect(cell(table, "3", "CLD")?["lower"]?.double != nil)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder("runs"))
    var trained: [String: Set<String>] = [:]
    var tested: Set<[String]> = []
    for name in names where name.hasPrefix("small-") {
      let lines = try text(of: folder("runs/\(name)/split.jsonl")).split(separator: "\n")
        .map { try json(String($0)) }
      func paths(_ split: String) -> [String] {
        lines.filter { $0["split"]?.string == split }.compactMap { $0["path"]?.string }.sorted()
      }
      let key = name.split(separator: "-").dropLast().joined(separator: "-")
      trained[key] = Set(paths("train"))
      tested.insert(paths("test"))
    }
    #expect(trained.count == 4 && tested.count == 1)
    for seed in ["s1", "s2"] {
      let (one, two) = (trained["small-n2-\(seed)"] ?? [], trained["small-n3-\(seed)"] ?? [])
      // Not every language of the fixture has a third clip to train on.
      #expect(one.count == 6 && (7...9).contains(two.count) && one.isSubset(of: two))
    }
    #expect(try text(of: folder("table/table.html")).contains("Training clips") == false)
  }

  @Test(
    arguments: [
      (["rows": [["label": "CLD", "head": "cld", "acent": "en"]]], "did you mean 'rows.0.accent'"),
      (["columns": [["label": "small", "run": "smal"]]], "one of gone, small"),
      (["rows": [["label": "NN", "head": "nn"]]], "row 'CLD'"),
      (["metric": "f1"], "'metric' is 'f1'"), (["runs": [:]], "'run'"),
      (["seeds": [2, 2]], "'seeds'"), (["paper": "none.json"], "none.json"),
    ] as [([String: JSONValue], String)])
  func wrongConfigs(_ changes: [String: JSONValue], _ words: String) async throws {
    let outcome = try await cld("tables", "--config", config(changes), "--quiet")
    #expect([65, 66].contains(outcome.status))
    expectRefusal(outcome, outcome.status, naming: words)
  }

  /// Every table of the repository reads, and its runs' configs do.
  @Test func tablesOfTheRepository() throws {
    let folder = ConfigsTests.folder + "/tables"
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json") && !$0.hasPrefix("paper/") }
    #expect(files.count == 17)
    for file in files {
      let table = try TableConfig(file: "\(folder)/\(file)")
      for run in table.runs {
        let config = try RunConfig(tree: run.base)
        for row in table.rows {
          for column in table.columns {
            let selector = table.selector(row, column)
            guard let accent = selector.accent, selector.absent == nil else { continue }
            let parts = accent.split(separator: "/").map(String.init)
            let accents = config.corpus.languages[parts[0]]?.accents.map(\.code) ?? []
            #expect(parts.count == 1 || accents.contains(parts[1]), "\(file): \(accent)")
          }
        }
      }
    }
  }

  @Test func sweepsOfTheRepository() throws {
    let folder = ConfigsTests.folder + "/sweeps"
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let sweep = try SweepConfig(file: "\(folder)/\(file)")
      #expect(!sweep.space.parameters.isEmpty, "\(file)")
    }
    #expect(try SweepConfig(file: folder + "/5lang.json").plan.count == 40)
  }
}
