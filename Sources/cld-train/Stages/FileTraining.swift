import Baselines
import Cronos
import Evaluation

/// Training on files of embeddings in place of a corpus.
struct FileTraining {
  private let name: String
  private let settings: CronosSettings
  private let evaluation: EvaluationSettings
  private let curves: [CurveFile]
  private let head: String
  private let training: EmbeddingsFile
  private let validation, test: EmbeddingsFile?
  private let paths: (training: String, validation: String?, test: String?)
  private let folder: RunFolder
  private let console: Console
  private let ranks: any RowCommunicator
  private let companions: EmbeddingsFile.Companions
  private let validationLabels: String?

  /// Reads config and files; nothing is computed or written yet.
  /// - Parameters:
  ///   - isWholeConfig: whether a key of `tree` that is not for this is an error; a run's config has others.
  ///   - companions, validationLabels: what else the labels and languages are from.
  ///   - test: rows that the report is of, in place of the validation rows.
  ///   - head: `cld`, or the kind of a rival.
  ///   - output: the folder, in place of the config's.
  init(
    _ tree: ConfigTree, isWholeConfig: Bool, embeddings path: String,
    companions: EmbeddingsFile.Companions = .init(), validation: String?,
    validationLabels: String? = nil, test: String? = nil, head: String, output: String?,
    console: Console, ranks: any RowCommunicator = SingleProcess()
  ) throws {
    let root = ConfigSection(tree.root, file: tree.file)
    settings = try CronosSettings(root.section("cronos"))
    evaluation = try EvaluationSettings(root.section("evaluation"))
    curves = try root.curves("curves")
    name = try root.string("name", default: "train")
    if isWholeConfig { try root.finish() }
    let configured = try root.optionalString("output")
    (self.head, self.console, paths) = (head, console, (path, validation, test))
    (self.ranks, self.companions, self.validationLabels) = (ranks, companions, validationLabels)
    try BaselineStage.requireOneProcess(BaselineKind(rawValue: head), ranks)
    let placement = head == "cld" ? RowPlacement(settings, on: ranks) : RowPlacement()
    let training = try ranks.together {
      try EmbeddingsFile(path: path, companions: companions, placement: placement)
    }
    try TrainStage.requireRows(of: training.languages, in: training.labels, from: path)
    func read(
      _ other: String?, labels: String? = nil, _ placement: RowPlacement
    ) throws -> EmbeddingsFile? {
      guard let other else { return nil }
      return try ranks.together {
        try training.companion(other, labels: labels, of: path, placement: placement)
      }
    }
    self.training = training
    self.validation = try read(validation, labels: validationLabels, placement)
    self.test = try read(test, RowPlacement())
    folder = RunFolder(output ?? configured ?? "runs/\(name)")
  }

  /// Trains the head, and writes it with its report.
  /// - Returns: the report, and the head's file; nil on all ranks but the first.
  func run() throws -> (report: RunReport, head: String)? {
    try ranks.together { try folder.make() }
    func orNull(_ path: String?) -> JSONValue { path.map { .string($0) } ?? .null }
    var members: [String: JSONValue] = [
      "name": .string(name), "embeddings": .string(paths.training),
      "validation": orNull(paths.validation), "cronos": settings.json,
      "evaluation": evaluation.json,
    ]
    if test != nil { members["test"] = orNull(paths.test) }
    let resolved = JSONValue.object(members)
    try ranks.together { if ranks.isRoot { try folder.write(resolved, to: "config.json") } }
    let provenance = ["encoder": training.encoder ?? "unknown", "embeddings": paths.training]
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
        output: folder, console: console, ranks: ranks)
      let outcome = try stage.run(on: training.data, validation: validation?.data)
      guard ranks.isRoot else { return nil }
      try folder.write(outcome.training.tracePoints, to: curves)
      (trained, result) = (outcome.trained, outcome.training)
    }
    let report = try TrainingReport(
      name: name, settings: settings, configuration: resolved, head: trained, result: result,
      training: training, validation: validation, test: test, rows: try reportedRows(),
      bootstrap: evaluation.bootstrap
    ).report()
    try folder.write(report)
    return (report, folder.head(BaselineKind(rawValue: head)))
  }
}

extension FileTraining {
  /// The test rows, or else the validation rows, or else the training rows: all of them, wherever they are.
  private func reportedRows() throws -> LabelledEmbeddings {
    if let test { return test.data }
    let own = validation ?? training
    guard ranks.size > 1 else { return own.data }
    var whole = RowPlacement()
    if own.isMapped { whole.storage = .file }
    return try EmbeddingsFile(
      path: paths.validation ?? paths.training,
      companions: validation == nil ? companions : .init(labels: validationLabels),
      languages: training.languages, placement: whole
    ).data
  }
}

extension EmbeddingsFile {
  /// Rows of another file, of the same languages and width.
  /// - Throws: `TensorFileError`, `CommandError`.
  func companion(
    _ path: String, labels: String? = nil, of own: String, placement: RowPlacement = .init()
  ) throws -> EmbeddingsFile {
    let file = try EmbeddingsFile(
      path: path, companions: .init(labels: labels), languages: languages, placement: placement)
    guard file.data.dimension == data.dimension else {
      throw CommandError(
        .badData,
        "\(path): embeddings have width \(file.data.dimension), those of \(own) "
          + "\(data.dimension)")
    }
    return file
  }
}
