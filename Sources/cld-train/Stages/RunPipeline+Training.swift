import Baselines
import Cronos
import Embeddings
import Evaluation
import LinearAlgebra

extension RunPipeline {
  /// The rows of a split that this rank has.
  func labelled(_ embedded: Embedded, _ split: Split) throws -> LabelledEmbeddings {
    let rows = embedded.result.rows(of: split)
    var counts = [Double](repeating: 0, count: ranks.size)
    counts[ranks.rank] = Double(rows.count)
    let before = ranks.sum(counts)[..<ranks.rank].reduce(0, +)
    return try ranks.together {
      try LabelledEmbeddings(
        features: embedded.result.vectors.selectingRows(rows),
        labels: rows.map { languages.firstIndex(of: embedded.result.clips[$0].language) ?? 0 },
        classes: languages.count, firstRow: ranks.size > 1 ? Int(before) : nil)
    }
  }

  /// The rows to train on and, if there are any, those to choose by.
  func trainingRows(
    _ embedded: Embedded
  ) throws -> (training: LabelledEmbeddings, validation: LabelledEmbeddings?) {
    let training = try labelled(embedded, .train)
    try TrainStage.requireRows(
      of: languages, in: training.labels, from: config.corpus.root, ranks: ranks)
    let hasValidation = ranks.any(!embedded.result.rows(of: .validation).isEmpty)
    return (training, hasValidation ? try labelled(embedded, .validation) : nil)
  }

  func trainHead(_ embedded: Embedded) throws -> TrainStage.Result {
    let stage = TrainStage(
      settings: config.cronos, languages: languages, provenance: provenance(embedded),
      output: folder, console: console, ranks: ranks)
    let rows = try trainingRows(embedded)
    let result = try stage.run(on: rows.training, validation: rows.validation)
    if ranks.isRoot { try folder.write(result.training.tracePoints, to: config.curves) }
    return result
  }

  func trainRival(_ kind: BaselineKind, _ embedded: Embedded) throws -> TrainedHead {
    let stage = BaselineStage(
      space: config.evaluation.baselines, languages: languages,
      provenance: provenance(embedded), output: folder, console: console)
    let rows = try trainingRows(embedded)
    return try stage.run(kind, on: rows.training, validation: rows.validation)
  }

  /// The rows that a sweep trains its trials on and compares them by. The test clips are left alone.
  func sweepRows(needsText: Bool) async throws -> SweepRows {
    let embedded = try await embedCorpus(needsText: needsText, splits: [.train, .validation])
    let rows = try trainingRows(embedded)
    guard let validation = rows.validation else {
      throw CommandError(
        .badData, "\(config.name): no validation clip to compare trials by; see corpus.params.split"
      )
    }
    let clips = embedded.result.rows(of: .validation).map { embedded.result.clips[$0] }
    return SweepRows(
      languages: languages, training: rows.training, validation: validation, clips: clips,
      source: .init(backbone: embedded.backbone, cache: embedded.cache, config: config))
  }

  /// Trains the convex head, or a rival of it, and writes it.
  func train(_ kind: BaselineKind? = nil) async throws {
    try BaselineStage.requireOneProcess(kind, ranks)
    var encoded = Result<Embedded, any Error>.failure(CancellationError())
    do { encoded = .success(try await embedCorpus()) } catch { encoded = .failure(error) }
    let embedded = try ranks.together { try encoded.get() }
    if ranks.size > 1 { try writeSkipped(embedded.skipped) }
    if let kind {
      _ = try trainRival(kind, embedded)
    } else {
      _ = try trainHead(embedded)
    }
    let path = folder.head(kind)
    console.result("head: " + path, json: ["head": .string(path)])
  }
}
