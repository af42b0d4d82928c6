import Embeddings
import Foundation

/// What a run needs and does not find: said all at once, before anything is computed, with the way to
/// get it and the place to put it.
struct MissingInputs {
  /// A few lines for each thing that is missing.
  private(set) var complaints: [String] = []

  /// - Throws: `CommandError` that lists what is missing.
  static func require(_ config: RunConfig) throws(CommandError) {
    var missing = MissingInputs()
    missing.checkCorpus(config.corpus)
    let adapters = config.evaluation.transcribe ? config.corpus.sortedLanguages : []
    missing.checkModel(config.encoderPath, key: "encoder.path", languages: adapters, config)
    if let detector = config.detector {
      missing.checkModel(detector, key: "encoder.detector", languages: [], config)
    }
    try missing.refuse()
  }

  /// What a corpus alone needs.
  /// - Throws: `CommandError` that lists what is missing.
  static func require(_ corpus: CorpusConfig) throws(CommandError) {
    var missing = MissingInputs()
    missing.checkCorpus(corpus)
    try missing.refuse()
  }

  private func refuse() throws(CommandError) {
    guard !complaints.isEmpty else { return }
    throw CommandError(
      .missingInput,
      "some of the run's inputs are missing\n" + complaints.joined(separator: "\n"))
  }

  private mutating func checkCorpus(_ corpus: CorpusConfig) {
    for (name, source) in corpus.sources.sorted(by: { $0.key < $1.key }) {
      let (paths, key) =
        switch source {
        case .commonVoice(let root, _): ([root], "root")
        case .manifest(let files, _): (files, "files")
        }
      for path in paths where !FileManager.default.fileExists(atPath: path) {
        complaints.append("\(path): is not there (corpus.sources.\(name).\(key))")
      }
    }
    guard corpus.usesRoot, !FileManager.default.fileExists(atPath: corpus.root) else { return }
    let folders = corpus.sortedLanguages.flatMap { language in
      (corpus.languages[language]?.accents ?? [])
        .filter { $0.dataset == CorpusSource.commonVoiceName }.map { $0.overrideCode ?? language }
    }
    let distinct = folders.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let isDemo = URL(fileURLWithPath: corpus.root).lastPathComponent == "demo"
    let first = distinct.first ?? "en"
    let advice =
      isDemo
      ? "make it: make demo-data"
      : """
      get Common Voice from the Mozilla Data Collective \
      (https://datacollective.mozillafoundation.org; free, with an account)
        unpack each of \(distinct.joined(separator: ", ")) there, so that \(corpus.root)/\(first)/ has \
      \(corpus.tables.joined(separator: ", ")) and clips/
      """
    complaints.append("\(corpus.root): no such folder (corpus.root)\n  \(advice)")
  }

  private mutating func checkModel(
    _ folder: String, key: String, languages: [String], _ config: RunConfig
  ) {
    guard !FileManager.default.fileExists(atPath: folder + "/config.json") else { return }
    let source = BackboneSource(folder: folder)
    let files = source.files(languages: languages, adapters: config.adapters)
    complaints.append(
      "\(folder): no config.json there, so no checkpoint (\(key))\n  get it: \(source.command(files: files))"
        + (source.licence.map { "\n  its licence: \($0)" } ?? ""))
  }
}
