import ArgumentParser
import Evaluation

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Runs side by side, with a test of their differences.",
    discussion: """
      Prints a row for the main head of each run, and McNemar's exact test of the first run's head \
      against each other one's on the clips that both have tested (by file, from predictions.tsv).
      """)

  @Argument(help: "Folders of finished runs, two or more.")
  var runs: [String]

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard runs.count >= 2 else { throw ValidationError("compare needs two runs or more") }
  }

  func run() throws {
    let console = options.start()
    var read = try runs.map { path throws(EvaluationError) in
      try RunComparison.Run(folder: path)
    }
    if Set(read.map(\.name)).count < read.count {
      for (index, path) in runs.enumerated() { read[index].name = path }
    }
    let comparison = RunComparison(read)
    for (run, test) in zip(read.dropFirst(), comparison.tests) where test == nil {
      console.logger.warning("\(run.name): no test clip in common with \(read[0].name)")
    }
    console.result(console.json ? try comparison.json().prettyPrinted : comparison.text)
  }
}
