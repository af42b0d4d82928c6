import ArgumentParser
import Baselines
import Cronos

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a head, from a config's corpus or from a file of embeddings.",
    discussion: """
      With --config the clips of the corpus are selected and embedded as `run` does, and the head is \
      trained; nothing is evaluated on the test split.

      With --embeddings the rows come from a file: safetensors with `embeddings` (n, d), `labels` (n) \
      and the metadata key `languages` (comma-separated names of the classes); npz with `embeddings` \
      or `X`, `labels` or `y`, and maybe `languages`; or npy with the matrix alone, its labels in \
      another npy that --labels names. Labels are class numbers or the languages' names. --set then \
      takes the keys of `cronos`, for example --set cronos.rho=0.1 --set cronos.admm_iters=20.

      --head trains a rival of the convex head instead: knn, linear-svm, kernel-svm or nn, its \
      settings chosen on the validation rows from the grids under `evaluation`.

      Started by mpirun, in a build with MPI, every rank takes its share of the rows, and rank 0 \
      writes: see docs/scaling.md.

      Writes head.safetensors (head-KIND.safetensors for a rival), trace.jsonl, config.json and, with \
      --embeddings, report.json, report.md and report.html into the output folder.
      """)

  @Option(help: "The config of a run.")
  var config: String?

  @Option(help: "Training embeddings with labels (safetensors, npz, npy).")
  var embeddings: String?

  @Option(help: "Validation embeddings with labels (safetensors, npz, npy).")
  var validation: String?

  @Option(help: "The labels of --embeddings, where they are in a file of their own.")
  var labels: String?

  @Option(
    name: .customLong("validation-labels"),
    help: "The labels of --validation, where they are in a file of their own.")
  var validationLabels: String?

  @Option(help: "The names of the classes, where no file has them: en,hi,id, or a JSON file.")
  var languages: String?

  @Option(
    help: "The head to train: cld, knn, linear-svm, kernel-svm or nn.",
    transform: { name in
      guard name == "cld" || BaselineKind(rawValue: name) != nil else {
        throw ValidationError("'\(name)' is no head: cld, knn, linear-svm, kernel-svm or nn")
      }
      return name
    })
  var head = "cld"

  @Option(name: .shortAndLong, help: "The folder that the results go to.")
  var output: String?

  @OptionGroup var changes: ConfigChanges

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard config != nil || embeddings != nil else {
      throw ValidationError("train needs --config FILE or --embeddings FILE")
    }
    if embeddings != nil, output == nil, config == nil {
      throw ValidationError("train --embeddings needs --output DIR")
    }
    if embeddings == nil {
      let useless = [
        ("--validation", validation), ("--labels", labels), ("--languages", languages),
      ].first { $0.1 != nil }
      if let useless { throw ValidationError("\(useless.0) goes with --embeddings") }
    }
    if validation == nil, validationLabels != nil {
      throw ValidationError("--validation-labels goes with --validation")
    }
  }

  func run() async throws {
    let console = options.start()
    let ranks = try Ranks.join()
    var result = Result<Void, any Error>.success(())
    do { try await train(on: ranks, console) } catch { result = .failure(error) }
    try ranks.together { try result.get() }
  }

  private func train(on ranks: any RowCommunicator, _ console: Console) async throws {
    if let embeddings {
      var tree =
        try config.map { file throws(ConfigError) in try ConfigTree(file: file) }
        ?? ConfigTree(named: "--set")
      for override in changes.overrides { try tree.set(override) }
      let given = try languages.map { try LanguageNames(argument: $0).names }
      let training = try FileTraining(
        tree, isWholeConfig: config == nil, embeddings: embeddings,
        companions: .init(labels: labels, languages: given), validation: validation,
        validationLabels: validationLabels, head: head, output: output, console: console,
        ranks: ranks)
      guard let (report, file) = try training.run() else { return }
      console.result(
        console.json ? try report.json() : "\(report.summaryTable)\nhead: \(file)")
    } else if let config {
      let pipeline = try RunPipeline(
        configFile: config, output: output, overrides: changes.overrides, console: console,
        ranks: ranks)
      try await pipeline.train(BaselineKind(rawValue: head))
    }
  }
}
