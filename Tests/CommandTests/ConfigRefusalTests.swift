import Evaluation
import Foundation
import TestFolders
import Testing

/// What `run` refuses of a config: one line that names file and key, and nothing written.
@Suite struct ConfigRefusalTests {
  private let folder: TemporaryFolder
  private var config: String { folder("config.json") }

  init() throws { folder = try TemporaryFolder() }

  /// Runs a config with overrides; four clips a language, so that no shortage is worth a warning.
  private func run(_ settings: String..., languages: [String: String] = ["hi": "", "ms": ""])
    async throws -> Outcome
  {
    if !exists(config) {
      try folder.write(
        "config.json",
        SampleConfig.make(
          model: SpeechModel.folder, output: folder("out"), languages: languages, samples: 4))
    }
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let outcome = try await cld(["--config", config] + settings.flatMap { ["--set", $0] })
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before.sorted())
    return outcome
  }

  @Test(arguments: [
    ("cronos.rank=\"twenty\"", ["'cronos.rank'", "'twenty'", "a whole number"]),
    ("cronos.rank=2.5", ["'cronos.rank'", "2.5", "a whole number"]),
    ("cronos.beta=true", ["'cronos.beta'", "true", "a number"]),
    ("cronos=3", ["'cronos'", "3", "an object"]),
    ("cronos.method=newton", ["'cronos.method'", "'newton'", "'nystrom-pcg'"]),
    ("cronos.opt_seed=-1", ["'cronos.opt_seed'", "-1", "0 or more"]),
    ("output=7", ["'output'", "7", "a string"]),
    ("evaluation.heads=[\"forest\"]", ["'evaluation.heads'", "'forest'", "'cld'"]),
    ("evaluation.transcribe=1", ["'evaluation.transcribe'", "1", "true or false"]),
    (
      "corpus.params.samples_per_class=\"many\"", ["samples_per_class", "'many'", "a whole number"]
    ),
    ("corpus.languages=[]", ["'corpus.languages'", "a list", "an object"]),
    (
      "corpus.languages.hi.accents=[1]",
      ["'corpus.languages.hi.accents'", "a list", "a list of objects"]
    ),
  ])
  func keysOfTheWrongType(_ setting: String, _ words: [String]) async throws {
    let outcome = try await run(setting)
    expectRefusal(outcome, 65, naming: config)
    for word in words { #expect(outcome.error.contains(word), "\(word) in \(outcome.error)") }
  }

  @Test(arguments: [
    ("cronos.nuerons=4", "'cronos.nuerons'", "'cronos.neurons'"),
    ("evalution.oracle=true", "'evalution'", "'evaluation'"),
    ("encoder.pth=x", "'encoder.pth'", "'encoder.path'"),
    ("corpus.rooot=x", "'corpus.rooot'", "'corpus.root'"),
    ("corpus.params.split.tset=0.1", "'corpus.params.split.tset'", "'corpus.params.split.test'"),
    (
      "corpus.languages.hi.accents.0.colum_name=x", "accents.0.colum_name'",
      "accents.0.column_name'"
    ),
  ])
  func unknownKeysWithTheNearest(_ setting: String, _ key: String, _ nearest: String) async throws {
    expectRefusal(try await run(setting), 65, naming: config, key, "did you mean", nearest)
  }

  /// A key that has to be there is misspelt: that is said, not that it is missing.
  @Test(arguments: [("languages", "languges"), ("encoder", "encodr"), ("path", "pth")])
  func neededKeysMisspelt(_ key: String, _ slip: String) async throws {
    let text = SampleConfig.make(
      model: SpeechModel.folder, output: folder("out"), languages: ["hi": "", "ms": ""], samples: 4
    ).compact
    try folder.write("config.json", text.replacing("\"\(key)\"", with: "\"\(slip)\""))
    expectRefusal(
      try await run(), 65, naming: config, "unknown key", slip + "'", "did you mean", key + "'")
  }

  @Test(arguments: [
    ("cronos.rho=0", "cronos.rho"), ("cronos.neurons=0", "cronos.neurons"),
    ("cronos.gamma_ratio=2", "cronos.gamma_ratio"),
    ("corpus.params.split.train=0.9", "corpus.params.split"),
    ("corpus.params.samples_per_class=0", "samples_per_class"),
    ("corpus.languages={}", "corpus.languages"),
    ("evaluation.kernel_svm.degree=101", "evaluation.kernel_svm.degree is 101: needs 1 to 100"),
    ("evaluation.nn.hidden=65537", "evaluation.nn.hidden is 65537: needs 1 to 65536"),
    ("evaluation.decoding.max_new_tokens=0", "max_new_tokens' is 0: needs 1 to 1000000"),
    ("evaluation.decoding.max_new_tokens=1000001", "max_new_tokens' is 1000001"),
    ("evaluation.decoding.repetition_penalty=1e-60", "repetition_penalty' is 1e-60"),
    ("evaluation.decoding.repetition_penalty=1e60", "repetition_penalty' is 1e+60"),
  ])
  func valuesOutOfRange(_ setting: String, _ key: String) async throws {
    expectRefusal(try await run(setting), 65, naming: key)
  }

  @Test(arguments: ["cronos.rank", "=3", "cronos..rank=3", "name.first=x"])
  func overridesThatAreNone(_ setting: String) async throws {
    expectRefusal(try await run(setting), 64, naming: "--set \(setting)")
  }

  @Test func overridesWithAnEmptyPartSayHowToWriteThem() async throws {
    expectRefusal(
      try await run("cronos..rank=3"), 64, naming: "key 'cronos..rank' has an empty part",
      "section.key")
  }

  @Test(arguments: ["{\"name\": \"x\",", "", "[1, 2]", "\"text\""])
  func configsThatAreNoObject(_ content: String) async throws {
    try folder.write("config.json", content)
    expectRefusal(try await run(), 65, naming: config, "not a JSON object")
  }

  @Test func configsThatLackAKey() async throws {
    try folder.write("config.json", ["name": "x"])
    expectRefusal(try await run(), 65, naming: config, "'corpus'", "missing")
  }

  @Test func noConfig() async throws {
    expectRefusal(try await cld("--config", folder("no.json")), 66, naming: folder("no.json"))
  }

  @Test func noCorpus() async throws {
    expectRefusal(try await run("corpus.root=/no/such/folder"), 66, naming: "/no/such/folder")
  }

  @Test func noCheckpoint() async throws {
    expectRefusal(
      try await run("encoder.path=/no/such/model"), 66, naming: "/no/such/model", "config.json")
  }

  @Test func noFolderOfALanguage() async throws {
    expectRefusal(
      try await run(languages: ["hi": "", "sw": ""]), 66, naming: SampleConfig.corpusRoot + "/sw",
      "corpus.languages.sw")
  }

  @Test func aLanguageNoRowOfWhichMatches() async throws {
    expectRefusal(
      try await run(languages: ["hi": "", "en": "Martian English"]), 65, naming: "'en'",
      "en/validated.tsv", "column_name")
  }

  /// The folder is found to be unwritable before any clip is encoded: it takes no time. The tests
  /// may run as root, whom no permission stops: a path below a file stops anybody.
  @Test func outputThatCannotBeWritten() async throws {
    let blocked = try folder.write("plain.txt", "text") + "/out"
    let cache = try TemporaryFolder()
    defer { withExtendedLifetime(cache) {} }
    let outcome = try await run("output=\(blocked)", "cache=\(cache("cache.sqlite"))")
    expectRefusal(outcome, 74, naming: blocked)
  }

  @Test func cacheThatIsAText() async throws {
    let cache = try folder.write("cache.sqlite", "This is a letter, not a database.\n")
    expectRefusal(try await run("cache=\(cache)"), 65, naming: cache, "not an embedding cache")
    #expect(try text(of: cache) == "This is a letter, not a database.\n")
  }
}
