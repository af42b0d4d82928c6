import Evaluation
import Foundation
import TestFolders
import Testing

/// Corpora in which a language has nothing to learn from: one line, and no head.
@Suite struct CorpusRefusalTests {
  private let folder: TemporaryFolder
  private let config: String

  init() throws {
    folder = try TemporaryFolder()
    try SpeechModel.writeShort(to: folder("model"))
    try FileManager.default.copyItem(
      atPath: SampleConfig.corpusRoot + "/ms", toPath: folder("corpus/ms", making: "corpus"))
    config = try folder.write(
      "config.json",
      SampleConfig.make(
        model: "model", output: folder("out"), languages: ["ms": "", "sw": ""], samples: 4,
        root: "corpus"))
  }

  /// A table of four clips of the language `sw`.
  private func writeTable(columns: [String] = ["client_id", "path", "sentence", "accents"]) throws {
    let rows = (1...4).map { row in
      columns.map { $0 == "path" ? "clip\(row).mp3" : "\($0) \(row)" }.joined(separator: "\t")
    }
    let lines = [columns.joined(separator: "\t")] + rows
    try folder.write("corpus/sw/validated.tsv", lines.joined(separator: "\n") + "\n")
    try FileManager.default.createDirectory(
      atPath: folder("corpus/sw/clips"), withIntermediateDirectories: true)
  }

  private func run() async throws -> Outcome {
    let outcome = try await cld("--config", config, "--quiet", "--log-level", "error")
    for made in ["head.safetensors", "trace.jsonl", "report.json"] {
      #expect(!exists(folder("out/" + made)))
    }
    return outcome
  }

  @Test func clipsThatAreNotThere() async throws {
    try writeTable()
    expectRefusal(
      try await run(), 65, naming: "'sw'", "none of the 4", "validated.tsv", "does not exist")
    #expect(!exists(folder("out")))
  }

  /// Only decoding shows it: the clips are in skipped.tsv, with the reason.
  @Test func clipsThatAreNoAudio() async throws {
    try writeTable()
    for row in 1...4 { try folder.write("corpus/sw/clips/clip\(row).mp3", "no sound \(row)") }
    expectRefusal(try await run(), 65, naming: "'sw'", "no clip")
    let skipped = try table(of: folder("out/skipped.tsv")).dropFirst()
    #expect(skipped.count == 4)
    #expect(skipped.allSatisfy { $0[1] == "sw" && $0[2].hasPrefix("no audio") })
  }

  @Test func noTable() async throws {
    try writeTable()
    try FileManager.default.removeItem(atPath: folder("corpus/sw/validated.tsv"))
    expectRefusal(try await run(), 66, naming: folder("corpus/sw/validated.tsv"))
  }

  @Test func aTableWithoutAColumn() async throws {
    try writeTable(columns: ["client_id", "path", "accents"])
    expectRefusal(
      try await run(), 65, naming: folder("corpus/sw/validated.tsv"), "'sentence'")
  }
}

extension TemporaryFolder {
  /// A path inside, of which `parent` is made.
  fileprivate func callAsFunction(_ name: String, making parent: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: self(parent), withIntermediateDirectories: true)
    return self(name)
  }
}
