import ArgumentParser
import Baselines
import Cronos
import Evaluation
import Foundation
import LinearAlgebra

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

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the config; may be repeated.", valueName: "key.path=value"))
  var overrides: [String] = []

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
    if let embeddings {
      try trainOnFile(embeddings, console: console)
    } else if let config {
      let pipeline = try RunPipeline(
        configFile: config, output: output, overrides: overrides, console: console)
      try await pipeline.train(BaselineKind(rawValue: head))
    }
  }

  private func trainOnFile(_ path: String, console: Console) throws {
    var tree =
      try config.map { file throws(ConfigError) in try ConfigTree(file: file) }
      ?? ConfigTree(named: "--set")
    for override in overrides { try tree.set(override) }
    let root = ConfigSection(tree.root, file: tree.file)
    let settings = try CronosSettings(root.section("cronos"))
    let evaluation = try EvaluationSettings(root.section("evaluation"))
    let curves = try root.has("curves") ? root.curves("curves") : []
    let name = try root.string("name", default: "train")
    if config == nil { try root.finish() }
    let configured = try root.optionalString("output")
    let given = try languages.map { try LanguageNames(argument: $0).names }
    let training = try EmbeddingsFile(
      path: path, companions: .init(labels: labels, languages: given))
    try TrainStage.requireRows(of: training.languages, in: training.data, from: path)
    let validation = try validation.map {
      try EmbeddingsFile(
        path: $0, companions: .init(labels: validationLabels), languages: training.languages)
    }
    if let other = validation?.data.features.columns, other != training.data.features.columns {
      throw CommandError(
        .badData,
        "\(self.validation ?? ""): embeddings have width \(other), those of \(path) "
          + "\(training.data.features.columns)")
    }

    let folder = RunFolder(output ?? configured ?? "runs/\(name)")
    try folder.make()
    let resolved: JSONValue = [
      "name": .string(name), "embeddings": .string(path),
      "validation": self.validation.map { .string($0) } ?? .null, "cronos": settings.json,
      "evaluation": evaluation.json,
    ]
    try folder.write(resolved, to: "config.json")
    let provenance = ["encoder": training.encoder ?? "unknown", "embeddings": path]
    let trained: TrainedHead
    var result: TrainingResult?
    if let kind = BaselineKind(rawValue: head) {
      trained = try BaselineStage(
        space: evaluation.baselines, languages: training.languages, provenance: provenance,
        output: folder, console: console
      ).run(kind, on: training.data, validation: validation?.data)
    } else {
      let stage = TrainStage(
        settings: settings, languages: training.languages, provenance: provenance,
        output: folder, console: console)
      let outcome = try stage.run(on: training.data, validation: validation?.data)
      try folder.write(outcome.training.tracePoints, to: curves)
      (trained, result) = (outcome.trained, outcome.training)
    }
    let file = result == nil ? "head-\(head).safetensors" : "head.safetensors"
    let report = try TrainingReport(
      name: name, settings: settings, configuration: resolved, head: trained, result: result,
      training: training, validation: validation, bootstrap: evaluation.bootstrap
    ).report()
    try folder.write(report)
    console.result(
      console.json
        ? try report.json()
        : "\(report.summaryTable)\nhead: \(folder.path(file))")
  }
}
