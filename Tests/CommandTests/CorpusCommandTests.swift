import Evaluation
import Foundation
import TestFolders
import Testing

/// `corpus`: the plan of a config.
@Suite struct CorpusCommandTests {
  private let folder: TemporaryFolder
  private let config: String

  init() throws {
    folder = try TemporaryFolder()
    config = try folder.write(
      "config.json",
      SampleConfig.make(model: "none", output: folder("out"), languages: ["en": "", "ms": ""]))
  }

  /// No encoder is needed, and nothing is made.
  @Test func theTable() async throws {
    let outcome = try expectSuccess(await cld("corpus", "--config", config))
    let lines = outcome.outputLines.map { $0.split(separator: " ").map(String.init) }
    try #require(lines.count == 5)
    #expect(
      lines[0] == [
        "Language", "Accent", "Asked", "Found", "Used", "Speakers", "Hours", "Train", "Val", "Test",
      ])
    // Two of the English clips are of one speaker.
    #expect(lines[1] == ["en", "en", "5", "5", "4", "3", "?", "2", "1", "1"])
    #expect(lines[2] == ["ms", "ms", "5", "4", "4", "4", "?", "2", "1", "1"])
    #expect(lines[3] == ["all", "10", "9", "8", "7", "?", "4", "2", "2"])
    #expect(lines[4] == ["skipped:", "1"])
    #expect(outcome.error.contains("ms, accent 'ms': 5 clips asked, 4 found, 4 used"))
    #expect(!outcome.error.contains("both sides"))
    #expect(!exists(folder("out")) && !exists(folder("cache.sqlite")))
  }

  @Test func splitsByClipAreWarnedOf() async throws {
    let outcome = try expectSuccess(
      await cld(
        "corpus", "--config", config, "--json", "--set", "corpus.split_by=clip", "--set",
        "corpus.data_seed=1"))
    let value = try json(outcome.output)
    #expect(value["used"] == 8 && value["skipped"] == 1 && value["speakers"] == 7)
    let shared = value["shared_speakers"]?.double ?? 0
    #expect((shared > 0) == outcome.error.contains("speakers are on both sides of the split"))
  }

  @Test func aWrittenSplitIsUsed() async throws {
    let split = folder("split.jsonl")
    try expectSuccess(
      await cld(
        "corpus", "--config", config, "--write-split", split, "--skipped", folder("skipped.tsv")))
    #expect(try text(of: split).split(separator: "\n").count == 8)
    #expect(try table(of: folder("skipped.tsv")).count == 2)
    let outcome = try expectSuccess(
      await cld("corpus", "--config", config, "--json", "--set", "corpus.split_file=\(split)"))
    #expect(try json(outcome.output)["used"] == 8)
    expectRefusal(
      try await cld("corpus", "--config", config, "--set", "corpus.split_file=none.jsonl"), 66,
      naming: "none.jsonl")
  }

  @Test func wrongSources() async throws {
    expectRefusal(
      try await cld(
        "corpus", "--config", config, "--set", "corpus.languages.en.accents.0.dataset=nsc"), 65,
      naming: "corpus.languages.en.accents[0].dataset", "'nsc'", "corpus.sources.nsc")
    expectRefusal(
      try await cld(
        "corpus", "--config", config, "--set", #"corpus.sources.nsc={"files":["n.jsonl"]}"#), 66,
      naming: "n.jsonl", "corpus.sources.nsc.files")
    expectRefusal(
      try await cld(
        "corpus", "--config", config, "--set", #"corpus.sources.nsc={"files":["n.xls"]}"#), 65,
      naming: "corpus.sources.nsc.files[0]", "'n.xls'")
  }
}
