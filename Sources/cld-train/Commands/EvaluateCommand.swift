import ArgumentParser

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Metrics and report of a head on a config's test clips.",
    discussion: """
      The head must have been trained on the same encoder and languages. With --head default the \
      encoder's own detector is evaluated alone.
      """)

  @OptionGroup var arguments: ConfigOptions

  @Option(help: "A head file of any kind, or `default` for the encoder's own detector.")
  var head: String

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let console = options.start()
    let pipeline = try RunPipeline(
      configFile: arguments.config, output: arguments.output,
      overrides: arguments.changes.overrides, console: console)
    let report = try await pipeline.evaluate(headFile: head == "default" ? nil : head)
    try console.result(report, in: pipeline.folder)
  }
}
