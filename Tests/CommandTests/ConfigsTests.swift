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

  // MARK: Sources and preprocessing

  /// The repository's configs reproduce runs of upstream, whose speakers are on both sides.
  @Test(arguments: ["demo", "5lang", "enzh"]) func splitsAsUpstream(_ name: String) throws {
    #expect(try config(name).corpus.splitBy == .clip)
    #expect(try config(name, ["corpus.split_by=speaker"]).corpus.splitBy == .speaker)
  }

  private static let extras = [
    #"corpus.sources.nsc={"files":["a.jsonl"],"clips":"audio"}"#,
    #"corpus.sources.old={"kind":"common_voice","root":"cv","tables":["other.tsv"]}"#,
    "corpus.split_file=s.jsonl", "encoder.denoise=non_stationary", "encoder.denoise_strength=0.5",
    "encoder.read_ahead=9",
    #"augment={"seed":3,"pitch":{},"gain":{"p":0.5,"db":3},"time_stretch":{"min":0.8},"noise":{}}"#,
  ]

  @Test func sourcesAndAugmentationReadBack() throws {
    let first = try config("demo", Self.extras)
    #expect(
      first.corpus.sources == [
        "nsc": .manifest(files: ["a.jsonl"], clips: "audio"),
        "old": .commonVoice(root: "cv", tables: ["other.tsv"]),
      ])
    #expect(first.corpus.splitFile == "s.jsonl" && first.readAhead == 9)
    let augmentation = try #require(first.preprocessing.augmentation)
    #expect(augmentation.seed == 3 && augmentation.background == nil)
    #expect(augmentation.stretch == .init(probability: 0.2, range: 0.8...1.1))
    #expect(augmentation.pitch == .init(probability: 0.2, range: -4...4))
    #expect(augmentation.gain == .init(probability: 0.5, range: -3...3))
    #expect(augmentation.noise == .init(probability: 0.2, range: 0.005...0.015))
    var tree = try ConfigTree(file: "\(Self.folder)/demo.json")
    guard case .object(let members) = first.json else { return }
    tree.root = members
    #expect(try RunConfig(tree: tree).json == first.json)
  }

  @Test(arguments: [
    ("augment.pitch.p=2", "'augment.pitch.p'"), ("augment.gain.db=-1", "'augment.gain.db'"),
    (#"augment.time_stretch={"min":1.2}"#, "'augment.time_stretch.max'"),
    ("augment.time_stretch.max=9", "'augment.time_stretch.min'"),
    ("augment.pitsch={}", "did you mean 'augment.pitch'"),
    ("augment.background.folder=/no/noise", "/no/noise: no such folder"),
    ("augment.background.p=1", "'augment.background.folder' is missing"),
    ("encoder.denoise=on", "'encoder.denoise'"), ("encoder.denoise_strength=2", "0 to 1"),
    ("encoder.read_ahead=0", "'encoder.read_ahead'"),
    ("corpus.split_by=accent", "'corpus.split_by'"),
    ("corpus.sources.x.kind=manifest", "'corpus.sources.x.files' is missing"),
  ])
  func wrongPreprocessing(_ override: String, _ words: String) {
    let error = #expect(throws: (any Error).self) { try config("demo", [override]) }
    #expect("\(error as Any)".contains(words), "\(String(describing: error))")
  }

  @Test func remainingTimeIsReadable() {
    let times = [0.2, 59, 61.5, 3599.5, 3600, 400_000].map(ProgressDisplay.time)
    #expect(times == ["0:01", "0:59", "1:02", "1:00:00", "1:00:00", "111:06:40"])
  }
}
