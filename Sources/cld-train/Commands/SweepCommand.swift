import ArgumentParser
import Evaluation
import Sweeps

struct SweepCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Searches the settings that are best on the validation clips.",
    subcommands: [SweepRunCommand.self, SweepShowCommand.self],
    defaultSubcommand: SweepRunCommand.self)
}

/// The options of both commands.
struct SweepOptions: ParsableArguments {
  @Option(help: "The config of the sweep (JSON); docs/sweeps.md lists its keys.")
  var config: String

  @Option(name: .shortAndLong, help: "The sweep's folder, in place of the config's `output`.")
  var output: String?

  @OptionGroup var changes: ConfigChanges

  func read() throws -> SweepConfig {
    try SweepConfig(file: config, output: output, overrides: changes.overrides)
  }
}

struct SweepRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Does the trials of a sweep, then the best setting's own run.",
    discussion: """
      Every trial is kept as soon as it ends: a sweep that was stopped or killed goes on when the same \
      command is given again. Given several times at once, the processes share the trials, and none is \
      done twice. A trial that fails is kept with its reason.

      Writes sweep.sqlite (the trials), best.json (a config for --config), report.html, and the best \
      setting's own run into best/. The test clips are evaluated there, once.
      """)

  @OptionGroup var sweep: SweepOptions

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let console = options.start()
    let config = try sweep.read()
    let report = try await SweepPipeline(config, console: console).run()
    console.result(
      "\(report.text)\n\nbest: \(config.folder.path("best.json"))\n"
        + "report: \(config.folder.path("report.html"))", json: report.json)
  }
}

struct SweepShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "The trials of a sweep so far, the best first.",
    discussion: "Another process may be at work on them. Writes report.html anew.")

  @OptionGroup var sweep: SweepOptions

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let config = try sweep.read()
    let report = try SweepReport(TrialStore(reading: config.storePath), config)
    try report.writeHTML(to: config.folder.path("report.html"))
    console.result(report.text, json: report.json)
  }
}
