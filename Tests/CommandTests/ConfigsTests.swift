import Foundation
import Testing

@testable import Embeddings
@testable import cld_train

/// The configs that the repository has.
@Suite struct ConfigsTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Configs").path

  private func config(_ name: String, _ overrides: [String] = []) throws -> RunConfig {
    var tree = try ConfigTree(file: "\(Self.folder)/\(name).json")
    for override in overrides { try tree.set(override) }
    return try RunConfig(tree: tree)
  }

  /// The model card's settings.
  @Test func modelCard() throws {
    let config = try config("5lang")
    #expect(config.corpus.sortedLanguages == ["en", "hi", "id", "ms", "zh"])
    #expect(config.corpus.dataSeed == 8)
    let cronos = config.cronos
    #expect(cronos.rank == 20 && cronos.neurons == 64 && cronos.seed == 1024)
    #expect(cronos.beta == 0.001 && cronos.rho == .fixed(0.1) && cronos.gammaRatio == 1)
    #expect(cronos.iterations == 6 && cronos.pcgIterations == 32)
    #expect(config.adapters["zh"] == "cmn-script_simplified" && config.adapters["ms"] == "zlm")
    #expect(config.detector == "models/mms-lid-126" && config.encoderPath == "models/mms-1b-all")
    #expect(config.backboneOptions(needsText: true).languages == ["en", "hi", "id", "ms", "zh"])
    #expect(config.backboneOptions(needsText: false).languages.isEmpty)
  }

  /// 12,368 clips to train on, 1,546 to validate and 1,546 to test, where the tables have enough.
  @Test func sizesOfTheModelCard() throws {
    let corpus = try config("5lang").corpus
    var clips: [Clip] = []
    for language in corpus.sortedLanguages {
      let accents = try #require(corpus.languages[language]?.accents)
      var left = corpus.samplesPerClass
      for accent in accents {
        let count = accent.fills ? left : corpus.samplesPerAccent(of: language)
        left -= count
        clips += (0..<count).map {
          Clip(
            path: "\(language)/\(accent.code)/\($0)", text: "", language: language,
            accent: accent.code, speaker: "", split: .train)
        }
      }
      #expect(left == 0)
    }
    SplitAssignment.assign(
      &clips, corpus.split, byAccent: corpus.stratify, seed: corpus.dataSeed)
    func count(_ split: Split) -> Int { clips.count { $0.split == split } }
    let sizes: [Int] = [.train, .validation, .test].map(count)
    #expect(sizes == [12_368, 1_546, 1_546] as [Int])
  }

  @Test func binaryTask() throws {
    let config = try config("enzh")
    #expect(config.corpus.sortedLanguages == ["en", "zh"])
    #expect(config.cronos.neurons == 10 && config.cronos.rho == .fixed(0.0001))
    // 500 of each language to train on.
    #expect(Double(config.corpus.samplesPerClass) * config.corpus.split.train == 500)
  }

  /// What a run keeps of its config reads back as the same config.
  @Test(arguments: ["demo", "5lang", "enzh"]) func resolvedConfigReadsBack(_ name: String) throws {
    let first = try config(name, ["encoder.detector_labels.yue=yue"])
    #expect(first.detectorLabels == ["yue": "yue"])
    var tree = try ConfigTree(file: "\(Self.folder)/\(name).json")
    guard case .object(let members) = first.json else {
      Issue.record("not an object")
      return
    }
    tree.root = members
    #expect(try RunConfig(tree: tree).json == first.json)
  }

  /// All that is missing, where to get it, and where to put it.
  @Test func missingInputs() throws {
    let config = try config(
      "5lang",
      [
        "corpus.root=/no/common-voice", "encoder.path=/no/mms-1b-all",
        "encoder.detector=/no/mms-lid-126",
      ])
    let error = #expect(throws: CommandError.self) { try MissingInputs.require(config) }
    #expect(error?.status == .missingInput)
    let text = error?.description ?? ""
    for part in [
      "/no/common-voice: no such folder", "Mozilla Data Collective",
      "/no/common-voice/en/ has validated.tsv", "zh-CN",
      "hf download facebook/mms-1b-all config.json", "adapter.cmn-script_simplified.safetensors",
      "--local-dir /no/mms-1b-all", "hf download facebook/mms-lid-126", "CC-BY-NC",
    ] { #expect(text.contains(part), "\(part)") }
    #expect(text.split(separator: "\n").count <= 12)
  }

  @Test func adaptersMustBeStrings() throws {
    let error = #expect(throws: ConfigError.self) {
      try config("5lang", ["encoder.adapters.en=1"])
    }
    #expect(error?.description.contains("'encoder.adapters.en' is 1: needs a string") == true)
    #expect(throws: ConfigError.self) { try config("5lang", ["encoder.adapter=eng"]) }
  }
}
