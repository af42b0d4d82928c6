import Embeddings
import Evaluation
import Foundation

/// The runs behind a table: those that are missing are done, each in a folder named by its config, so that
/// a table that was stopped goes on, and tables share runs.
final class TableRuns {
  /// One run of a table, at a size and with a seed.
  struct Key: Hashable {
    let run: String
    let size, seed: Int?
  }

  private let config: TableConfig
  private let console: Console
  private var known: [Key: Result<RunReport, CommandError>] = [:]
  /// What is missing, once each, in the order met.
  private(set) var missing: [String] = []

  init(_ config: TableConfig, console: Console) {
    (self.config, self.console) = (config, console)
  }

  /// The report of a run, or why there is none.
  /// - Throws: what ends the whole table: `Interrupted`, files that cannot be written.
  func report(_ key: Key) async throws -> Result<RunReport, CommandError> {
    if let result = known[key] { return result }
    let result: Result<RunReport, CommandError>
    do {
      result = .success(try await run(key))
    } catch let error as any StatusProviding
      where [.badData, .missingInput, .internal].contains(error.exitStatus)
    {
      let text = "\(error)".split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { $0 != "some of the run's inputs are missing" }.joined(separator: "; ")
      if !missing.contains("\(key.run): \(text)") { missing.append("\(key.run): \(text)") }
      console.logger.warning("\(key.run): \(text)")
      result = .failure(CommandError(error.exitStatus, text))
    }
    known[key] = result
    return result
  }

  /// Heads and texts that the table wants of a run.
  private func needs(_ run: String) -> (heads: [EvaluationSettings.Head], text: Bool) {
    var heads: Set<String> = []
    var needsText = false
    for row in config.rows {
      for column in config.columns {
        let selector = config.selector(row, column)
        guard selector.run == run, selector.absent == nil, let head = selector.head else {
          continue
        }
        heads.insert(head.hasPrefix("default") ? "default" : head)
        needsText = needsText || selector.metric == .wer || selector.metric == .cer
      }
    }
    return (EvaluationSettings.Head.allCases.filter { heads.contains($0.rawValue) }, needsText)
  }

  private func run(_ key: Key) async throws -> RunReport {
    guard let run = config.runs.first(where: { $0.name == key.run }) else {
      throw CommandError(.badData, "\(config.file): no run '\(key.run)'")
    }
    var tree = run.base
    let needs = needs(key.run)
    try tree.set(
      "evaluation.heads", to: .array(needs.heads.map { .string($0.rawValue) }))
    if !needs.text { try tree.set("evaluation.transcribe", to: false) }
    if let seed = key.seed {
      try tree.set("cronos.opt_seed", to: .integer(seed))
      try tree.set("evaluation.nn.seed", to: .integer(seed))
    }
    // The cache of the config itself, wherever the table's folders are.
    var settled = try RunConfig(tree: tree)
    try MissingInputs.require(settled)
    if let size = key.size { settled.corpus.splitFile = try subset(settled, size, key.seed ?? 0) }
    settled.name = [key.run, key.size.map { "n\($0)" }, key.seed.map { "s\($0)" }]
      .compactMap { $0 }.joined(separator: "-")
    settled.output = ""
    settled.output = "\(config.runsFolder)/\(settled.name)-\(settled.json.compact.shortHash)"
    let report = settled.output + "/report.json"
    if let before = try? ConfigTree(file: settled.output + "/config.json").root,
      JSONValue.object(before) == settled.json, FileManager.default.fileExists(atPath: report)
    {
      return try RunReport(contentsOfJSON: report)
    }
    console.logger.info("run \(settled.name)")
    return try await RunPipeline(settled, console: console).run()
  }

  /// A split file with `size` training clips of each language, and all others.
  private func subset(_ run: RunConfig, _ size: Int, _ seed: Int) throws -> String {
    let selection = try CorpusStage(run.corpus, console: console).selection
    let clips = NestedSubset.draw(selection.clips, perLanguage: size, seed: seed)
    for language in run.corpus.sortedLanguages {
      let count = clips.count { $0.language == language && $0.split == .train }
      guard count < size else { continue }
      console.logger.warning("\(language): \(size) training clips asked, \(count) there")
    }
    let folder = RunFolder(config.runsFolder + "/splits")
    try folder.make()
    let name = "n\(size)-s\(seed)-\(run.corpus.json.compact.shortHash).jsonl"
    try SplitFile.write(clips, root: run.corpus.root, to: folder.path(name))
    return folder.path(name)
  }
}
