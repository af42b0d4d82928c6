import ArgumentParser

/// `--set`, of every command that reads a config.
struct ConfigChanges: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the config; may be repeated.", valueName: "key.path=value"))
  var overrides: [String] = []
}

/// The options of the commands that go by the config of a run.
struct ConfigOptions: ParsableArguments {
  @Option(help: "The config of the run (JSON); docs/config.md lists its keys.")
  var config: String

  @Option(name: .shortAndLong, help: "The run's folder, in place of the config's `output`.")
  var output: String?

  @OptionGroup var changes: ConfigChanges
}

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Goes all the way: corpus, embeddings, head, evaluation, report.",
    discussion: """
      Embeddings and transcripts are cached as they are computed, so a run that was stopped or \
      killed goes on where it was when the same command is given again. The run's folder gets \
      config.json, a file for each trained head, trace.jsonl, predictions.tsv, skipped.tsv, \
      split.jsonl, and report.html, report.md and report.json, which say the same; the table of the \
      report is printed.
      """)

  @OptionGroup var arguments: ConfigOptions

  @Flag(help: "Refuse to go on if the run's folder was made with another config.")
  var resume = false

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let console = options.start()
    let pipeline = try RunPipeline(
      configFile: arguments.config, output: arguments.output,
      overrides: arguments.changes.overrides, resume: resume, console: console)
    let report = try await pipeline.run()
    try console.result(report, in: pipeline.folder)
  }
}
