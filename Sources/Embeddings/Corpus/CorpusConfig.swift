/// Which clips a run takes, and how it splits them: `corpus` in a config, and upstream's data config.
///
/// `validate()` says what is wrong, with the key's name as it stands in the JSON.
public struct CorpusConfig: Sendable, Equatable {
  /// One accent of a language: `languages.<code>.accents[]`.
  public struct Accent: Sendable, Equatable {
    /// The accent's name in reports.
    public var code: String
    /// The accent's name in the table; empty: every row matches.
    public var columnName: String
    /// Where the clips come from: a name in `CorpusConfig.sources`, or `common_voice`.
    public var dataset: String
    /// The folder's name, or the language's in a manifest, where it is not the language's code:
    /// `override_code`.
    public var overrideCode: String?
    /// Whether it takes, in place of an equal share, all that the accents before it leave of the
    /// language's samples: `fill`. Rare accents then leave no language with fewer clips.
    public var fills: Bool

    public init(
      code: String, columnName: String, dataset: String = "common_voice",
      overrideCode: String? = nil, fills: Bool = false
    ) {
      (self.code, self.columnName) = (code, columnName)
      (self.dataset, self.overrideCode, self.fills) = (dataset, overrideCode, fills)
    }
  }

  /// One language: `languages.<code>`.
  public struct Language: Sendable, Equatable {
    /// At least one, in the order in which they are drawn.
    public var accents: [Accent]

    public init(accents: [Accent]) { self.accents = accents }
  }

  /// `params.split`: the shares of the clips, each 0 … 1, which add up to 1; that of training is
  /// above 0.
  public struct Shares: Sendable, Equatable {
    public var train, validation, test: Double

    public init(train: Double = 0.8, validation: Double = 0.1, test: Double = 0.1) {
      (self.train, self.validation, self.test) = (train, validation, test)
    }
  }

  /// What stays together when clips are split.
  public enum SplitRule: String, Sendable, CaseIterable {
    /// Whoever speaks in one split speaks in no other.
    case speaker
    /// Nothing: a speaker may be in all splits, as upstream has it.
    case clip
  }

  /// The folder that holds a folder for each language, of the source `common_voice`.
  public var root: String
  /// By language code. The languages' order, and so their labels, is that of the sorted codes.
  public var languages: [String: Language]
  /// Clips for each language, 1 or more, divided equally over its accents.
  public var samplesPerClass: Int
  /// The shares of training, validation and test.
  public var split: Shares
  /// Seeds the choice of clips and the split.
  public var dataSeed: Int
  /// Whether each language and accent is split in these shares; otherwise the corpus as a whole is,
  /// as upstream has it.
  public var stratify: Bool
  /// What stays together in one split.
  public var splitBy: SplitRule
  /// A split file of an earlier run: its clips and splits are used as they are, and nothing is drawn.
  public var splitFile: String?
  /// By the name that an accent's `dataset` gives.
  public var sources: [String: CorpusSource]
  /// The longest clip that is used, in seconds. The selection opens no audio: who decodes checks.
  public var maxSeconds: Double
  /// The tables of a language's folder that are read. A later one is drawn from only when those
  /// before it have no more matching clips: `["validated.tsv", "other.tsv"]`.
  public var tables: [String]
  /// How a table's cell of several accents is taken apart.
  public var accentRule: AccentList.Rule

  public init(
    root: String, languages: [String: Language], samplesPerClass: Int, split: Shares = Shares(),
    dataSeed: Int = 0, stratify: Bool = true, splitBy: SplitRule = .speaker,
    splitFile: String? = nil, maxSeconds: Double = 30, tables: [String] = ["validated.tsv"],
    accentRule: AccentList.Rule = .names, sources: [String: CorpusSource] = [:]
  ) {
    (self.root, self.languages, self.samplesPerClass) = (root, languages, samplesPerClass)
    (self.split, self.dataSeed, self.stratify) = (split, dataSeed, stratify)
    (self.splitBy, self.splitFile, self.sources) = (splitBy, splitFile, sources)
    (self.maxSeconds, self.tables, self.accentRule) = (maxSeconds, tables, accentRule)
  }

  /// What an accent's `dataset` stands for; nil if nothing does.
  func source(_ name: String) -> CorpusSource? {
    sources[name]
      ?? (name == CorpusSource.commonVoiceName ? .commonVoice(root: root, tables: tables) : nil)
  }

  /// Whether any clip is looked for under `root`.
  public var usesRoot: Bool {
    let name = CorpusSource.commonVoiceName
    return splitFile == nil && sources[name] == nil
      && languages.values.contains { $0.accents.contains { $0.dataset == name } }
  }

  /// The language codes, sorted: a language's label is its index here.
  public var sortedLanguages: [String] { languages.keys.sorted() }

  /// Clips asked of each accent of a language: samples divided by accents, halves to even, as Python
  /// rounds.
  public func samplesPerAccent(of language: String) -> Int {
    let count = languages[language]?.accents.count ?? 0
    guard count > 0 else { return 0 }
    return Int((Double(samplesPerClass) / Double(count)).rounded(.toNearestOrEven))
  }
}
