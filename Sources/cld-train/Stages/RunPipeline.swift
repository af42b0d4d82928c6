import Cronos
import Embeddings
import Evaluation
import Foundation

/// A config's way through: corpus → embeddings → head → evaluation → report.
struct RunPipeline {
  let config: RunConfig
  let folder: RunFolder
  let console: Console
  /// The ranks that share the clips.
  let ranks: any RowCommunicator

  /// Reads and checks the config, then that the clips and the checkpoint are there; nothing is
  /// computed or written yet.
  /// - Parameter resume: go on only if the run's folder has the same config.
  init(
    configFile: String, output: String?, overrides: [String], resume: Bool = false,
    console: Console, ranks: any RowCommunicator = SingleProcess()
  ) throws {
    var tree = try ConfigTree(file: configFile, overrides: overrides)
    if let output { tree.root["output"] = .string(output) }
    try self.init(RunConfig(tree: tree), resume: resume, console: console, ranks: ranks)
  }

  /// Checks that the clips and the checkpoint of a config are there.
  init(
    _ config: RunConfig, resume: Bool = false, console: Console,
    ranks: any RowCommunicator = SingleProcess()
  ) throws {
    (self.config, self.console, self.ranks) = (config, console, ranks)
    try MissingInputs.require(config)
    let saved = config.output + "/config.json"
    if resume {
      guard FileManager.default.fileExists(atPath: saved) else {
        throw CommandError(
          .missingInput,
          "\(config.output): has no config.json, so there is no run to resume; leave out --resume")
      }
      let before = try ConfigTree(file: saved).root
      guard JSONValue.object(before) == config.json else {
        throw CommandError(
          .badData, "\(saved): differs from the config given; run without --resume to replace it")
      }
    }
    folder = RunFolder(config.output)
  }

  var languages: [String] { config.corpus.sortedLanguages }

  /// All stages.
  func run() async throws -> RunReport {
    let embedded = try await embedCorpus(needsText: true)
    let wanted = config.evaluation.heads
    let rivals = wanted.compactMap(\.baseline)
    let convex = wanted.contains(.cld) || rivals.isEmpty ? try trainHead(embedded) : nil
    var heads = convex.map { [$0.trained] } ?? []
    for kind in rivals { heads.append(try trainRival(kind, embedded)) }
    return try evaluate(embedded, heads: heads, training: convex?.training)
  }
}
