import Embeddings
import Evaluation

extension CorpusConfig {
  /// Reads `corpus`, or upstream's data config.
  /// - Throws: `ConfigError` or `CorpusError`: the key and what is wrong with it.
  init(_ section: ConfigSection) throws {
    let languages = try section.section("languages", needed: true)
    var byCode: [String: Language] = [:]
    for code in languages.keys {
      let language = try languages.section(code)
      let accents = try language.sections("accents").map { accent in
        let read = Accent(
          code: try accent.string("code", default: ""),
          columnName: try accent.string("column_name", default: ""),
          dataset: try accent.string("dataset", default: "common_voice"),
          overrideCode: try accent.optionalString("override_code"),
          fills: try accent.bool("fill", default: false))
        try accent.finish()
        return read
      }
      try language.finish()
      byCode[code] = Language(accents: accents)
    }
    try languages.finish()

    let params = try section.section("params", needed: true)
    let samples = try params.integer("samples_per_class")
    let shares = try params.section("split")
    let standard = Shares()
    let split = Shares(
      train: try shares.number("train", default: standard.train),
      validation: try shares.number("val", default: standard.validation),
      test: try shares.number("test", default: standard.test))
    try shares.finish()
    try params.finish()

    let sources = try Self.sources(section.section("sources"))
    self.init(
      root: try section.string("root", default: sources.isEmpty ? nil : ""), languages: byCode,
      samplesPerClass: samples, split: split,
      dataSeed: try section.integer("data_seed", default: 0),
      stratify: try section.bool("stratify", default: true),
      splitBy: try section.choice("split_by", default: .speaker),
      splitFile: try section.optionalString("split_file"),
      maxSeconds: try section.number("max_seconds", default: 30),
      tables: try section.strings("tables", default: ["validated.tsv"]),
      accentRule: try section.choice("accent_rule", default: .names), sources: sources)
    try section.finish()
    try validate()
  }

  private enum SourceKind: String, CaseIterable {
    case commonVoice = "common_voice"
    case manifest
  }

  private static func sources(
    _ section: ConfigSection
  ) throws(ConfigError) -> [String: CorpusSource] {
    var sources: [String: CorpusSource] = [:]
    for name in section.keys {
      let source = try section.section(name)
      switch try source.choice("kind", default: SourceKind.manifest) {
      case .commonVoice:
        sources[name] = .commonVoice(
          root: try source.string("root"),
          tables: try source.strings("tables", default: ["validated.tsv"]))
      case .manifest:
        sources[name] = .manifest(
          files: try source.strings("files"), clips: try source.optionalString("clips"))
      }
      try source.finish()
    }
    return sources
  }

  /// The config with its paths made whole.
  func resolvingPaths(_ resolve: (String) -> String) -> CorpusConfig {
    var config = self
    config.root = resolve(root)
    config.splitFile = splitFile.map(resolve)
    config.sources = sources.mapValues { source in
      switch source {
      case .commonVoice(let root, let tables): .commonVoice(root: resolve(root), tables: tables)
      case .manifest(let files, let clips):
        .manifest(files: files.map(resolve), clips: clips.map(resolve))
      }
    }
    return config
  }

  var json: JSONValue {
    func json(_ accent: Accent) -> JSONValue {
      var members: [String: JSONValue] = [
        "code": .string(accent.code), "column_name": .string(accent.columnName),
        "dataset": .string(accent.dataset),
      ]
      if let folder = accent.overrideCode { members["override_code"] = .string(folder) }
      if accent.fills { members["fill"] = .bool(true) }
      return .object(members)
    }
    var members: [String: JSONValue] = [
      "root": .string(root), "data_seed": .integer(dataSeed), "stratify": .bool(stratify),
      "split_by": .string(splitBy.rawValue), "max_seconds": .number(maxSeconds),
      "tables": .array(tables.map { .string($0) }), "accent_rule": .string(accentRule.rawValue),
      "languages": .object(languages.mapValues { ["accents": .array($0.accents.map(json))] }),
      "params": [
        "samples_per_class": .integer(samplesPerClass),
        "split": [
          "train": .number(split.train), "val": .number(split.validation),
          "test": .number(split.test),
        ],
      ],
    ]
    if let splitFile { members["split_file"] = .string(splitFile) }
    if !sources.isEmpty { members["sources"] = .object(sources.mapValues(\.json)) }
    return .object(members)
  }
}

extension CorpusSource {
  fileprivate var json: JSONValue {
    switch self {
    case .commonVoice(let root, let tables):
      [
        "kind": "common_voice", "root": .string(root),
        "tables": .array(tables.map { .string($0) }),
      ]
    case .manifest(let files, let clips):
      [
        "kind": "manifest", "files": .array(files.map { .string($0) }),
        "clips": clips.map { .string($0) } ?? .null,
      ]
    }
  }
}
