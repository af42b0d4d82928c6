import ArgumentParser
import Embeddings

struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Shows which clips a config chooses, before anything is computed.",
    discussion: """
      A table with a row for each accent: clips asked, found and used, speakers, hours (where the \
      tables say how long clips are) and the split. No audio is opened, and no encoder is needed. \
      docs/corpora.md describes sources, splits and split files.
      """)

  @Option(help: "The config of the run (JSON); docs/config.md lists its keys.")
  var config: String

  @OptionGroup var changes: ConfigChanges

  @Option(
    name: .customLong("write-split"),
    help: ArgumentHelp(
      "Write the clips with their splits, for corpus.split_file.", valueName: "FILE.jsonl"))
  var splitFile: String?

  @Option(help: ArgumentHelp("Write the clips that were passed over.", valueName: "FILE.tsv"))
  var skipped: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let tree = try ConfigTree(file: config, overrides: changes.overrides)
    let corpus = try RunConfig(tree: tree).corpus
    try MissingInputs.require(corpus)
    let stage = try CorpusStage(corpus, console: console)
    if let splitFile {
      try SplitFile.write(stage.selection.clips, root: corpus.root, to: splitFile)
    }
    if let skipped { try SkippedTable.write(stage.selection.skipped, to: skipped) }
    console.result(stage.table, json: stage.json)
  }
}
