import Baselines
import Cronos
import Embeddings
import Evaluation
import Foundation

/// A run's config, every value checked and every path resolved. docs/config.md lists the keys.
struct RunConfig: Sendable {
  var name: String
  var corpus: CorpusConfig
  /// `encoder.path`: the Hugging Face folder.
  var encoderPath: String
  /// `encoder.adapters`: for MMS, the adapter of a language where it is not the usual one.
  var adapters: [String: String]
  /// `encoder.detector`: the folder of the model whose detector is the default one; nil: the
  /// encoder's own.
  var detector: String?
  /// `encoder.detector_labels`: the language of a detector's label where it is not the usual one.
  var detectorLabels: [String: String]
  var preprocessing: Preprocessing
  /// `encoder.read_ahead`: how many clips are decoded before the encoder needs them.
  var readAhead: Int
  var cronos: CronosSettings
  var evaluation: EvaluationSettings
  /// `output`: the run's folder.
  var output: String
  /// `cache`: the database of embeddings and transcripts.
  var cache: String
  /// `notes`: lines for the report.
  var notes: [String]
  /// `curves`: files for other tools that the solver's iterations are written to.
  var curves: [CurveFile]
}

/// `evaluation`: which rows the report has, and how text is decoded.
struct EvaluationSettings: Sendable, Equatable {
  /// `heads`.
  enum Head: String, Sendable, CaseIterable {
    /// The trained convex head.
    case cld
    /// The encoder's own detector: over all its languages, and restricted to the run's.
    case standard = "default"
    // Rivals that are trained on the same embeddings.
    case knn
    case linearSVM = "linear-svm"
    case kernelSVM = "kernel-svm"
    case nn

    /// nil for a head that is no rival trained here.
    var baseline: BaselineKind? { BaselineKind(rawValue: rawValue) }
  }

  var heads: [Head] = [.standard, .cld]
  /// `knn`, `linear_svm`, `kernel_svm`, `nn`: what is searched for each rival.
  var baselines = BaselineSpace()
  /// `normalisers`: of texts; the first for all error rates, the others for those of the whole.
  var normalisers = [TextNormaliser.none]
  /// `bootstrap`, `bootstrap_seed`: resamples behind the intervals of error rates.
  var bootstrap = Bootstrap()
  /// `transcribe`: whether the test clips are decoded to text.
  var transcribe = true
  /// `oracle`: whether the true language is given to the decoder, too: the floor of WER.
  var oracle = true
  /// `decoding`.
  var decoding = WhisperDecodingSettings()
}

extension RunConfig {
  /// Reads a config with its overrides; nothing is opened but the config itself.
  /// - Throws: `ConfigError`, `SettingsError`, `CorpusError`: the key and what is wrong with it.
  init(tree: ConfigTree) throws {
    let root = ConfigSection(Self.adoptingUpstream(tree.root), file: tree.file)
    let stem = URL(fileURLWithPath: tree.file).deletingPathExtension().lastPathComponent
    name = try root.string("name", default: stem)
    output = try root.string("output", default: "runs/\(name)")
    let runs = URL(fileURLWithPath: output).deletingLastPathComponent().relativePath
    cache = try root.string("cache", default: "\(runs)/cache.sqlite")
    notes = try root.strings("notes", default: [])
    curves = try root.curves("curves")
    corpus = try CorpusConfig(root.section("corpus", needed: true)).resolvingPaths(tree.resolve)

    let encoder = try root.section("encoder", needed: true)
    encoderPath = tree.resolve(try encoder.string("path"))
    adapters = try encoder.table("adapters")
    detector = try encoder.optionalString("detector").map(tree.resolve)
    detectorLabels = try encoder.table("detector_labels")
    readAhead = try encoder.integer("read_ahead", default: 4)
    guard (1...1024).contains(readAhead) else {
      throw encoder.outOfRange("read_ahead", readAhead, "1 to 1024 clips")
    }
    preprocessing = try Preprocessing(encoder)
    try encoder.finish()
    if root.has("augment") {
      preprocessing.augmentation = try Augmentation(root.section("augment"), resolve: tree.resolve)
    }

    cronos = try CronosSettings(root.section("cronos"))
    evaluation = try EvaluationSettings(root.section("evaluation"))
    try root.finish()
  }

  /// An upstream data config has `languages` and `params` at the top level: they become `corpus`.
  private static func adoptingUpstream(_ root: [String: JSONValue]) -> [String: JSONValue] {
    guard root["languages"] != nil else { return root }
    var (root, corpus) = (root, [String: JSONValue]())
    if case .object(let members) = root["corpus"] { corpus = members }
    for key in ["languages", "params"] {
      if let value = root.removeValue(forKey: key) { corpus[key] = value }
    }
    root["corpus"] = .object(corpus)
    return root
  }

  /// What the config says about the backbone besides its folder.
  /// - Parameter needsText: whether text must be possible in all of the run's languages.
  func backboneOptions(needsText: Bool) -> BackboneOptions {
    BackboneOptions(
      languages: needsText && evaluation.transcribe ? corpus.sortedLanguages : [],
      decoding: evaluation.decoding, adapters: adapters, detector: detector,
      detectorLabels: detectorLabels)
  }

  private var encoderJSON: JSONValue {
    var members: [String: JSONValue] = [
      "path": .string(encoderPath), "read_ahead": .integer(readAhead),
    ]
    members.merge(preprocessing.json) { $1 }
    if let detector { members["detector"] = .string(detector) }
    for (key, table) in [("adapters", adapters), ("detector_labels", detectorLabels)]
    where !table.isEmpty {
      members[key] = .object(table.mapValues { .string($0) })
    }
    return .object(members)
  }

  /// The config as resolved, as `config.json` of a run keeps it; reads back as itself.
  var json: JSONValue {
    var members: [String: JSONValue] = [
      "name": .string(name), "output": .string(output), "cache": .string(cache),
      "notes": .array(notes.map { .string($0) }),
      "curves": .array(curves.map { .string($0.rawValue) }), "corpus": corpus.json,
      "encoder": encoderJSON, "cronos": cronos.json, "evaluation": evaluation.json,
    ]
    if let augmentation = preprocessing.augmentation { members["augment"] = augmentation.json }
    return .object(members)
  }
}
