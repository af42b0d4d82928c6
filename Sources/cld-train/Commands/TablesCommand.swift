import ArgumentParser
import Evaluation

struct TablesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tables",
    abstract: "A table or figure of the paper, with our numbers beside the published ones.",
    discussion: """
      Does the runs that are missing, then prints the paper's value, ours with its interval, and the \
      difference, and writes table.md, table.csv, table.tex and table.html (with figures) into the \
      table's folder. Where a corpus or a checkpoint is not there, the cells that need it stay empty, \
      what is missing is said, and the others are filled.
      """)

  @Option(help: "The config of the table (JSON); docs/tables.md lists its keys. May be repeated.")
  var config: [String]

  @Option(name: .shortAndLong, help: "The table's folder, in place of the config's `output`.")
  var output: String?

  @OptionGroup var changes: ConfigChanges

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if config.isEmpty { throw ValidationError("tables needs --config FILE") }
    if config.count > 1, output != nil {
      throw ValidationError("--output goes with one --config")
    }
  }

  func run() async throws {
    let console = options.start()
    // All are read before any is run.
    let tables = try config.map { file in
      try TableConfig(file: file, output: output, overrides: changes.overrides)
    }
    for table in tables {
      let result = try await TablePipeline(config: table, console: console).run()
      console.result(
        "\(result.text)\n\ntable: \(table.output)/table.html\n", json: result.json)
    }
  }
}
