import Cronos
import Embeddings
import Evaluation
import LinearAlgebra
import TensorFiles

extension RunPipeline {
  /// Evaluates a head from a file, or the backbone's own detector (`head` nil).
  func evaluate(headFile: String?) async throws -> RunReport {
    let head = try headFile.map { path throws(TensorFileError) in try TrainedHead(path: path) }
    if let head, head.head.languages != languages {
      throw CommandError(
        .badData,
        "\(headFile ?? ""): its languages are \(head.head.languages.joined(separator: ",")), the config's "
          + languages.joined(separator: ","))
    }
    let embedded = try await embedCorpus(needsText: true, for: head, headFile ?? "")
    return try evaluate(embedded, heads: head.map { [$0] } ?? [], training: nil)
  }

  func evaluate(
    _ embedded: Embedded, heads: [TrainedHead], training: TrainingResult?
  ) throws -> RunReport {
    let test = embedded.result.rows(of: .test)
    let stage = EvaluateStage(
      backbone: embedded.backbone, cache: embedded.cache, config: config, languages: languages,
      console: console)
    let evaluated = try stage.run(
      clips: test.map { embedded.result.clips[$0] },
      embeddings: embedded.result.vectors.selectingRows(test), heads: heads)
    let skipped = embedded.skipped + evaluated.skipped
    try SkippedTable.write(skipped, to: folder.path("skipped.tsv"))
    try evaluated.predictions.write(to: folder.path("predictions.tsv"))
    let timing = RunReport.Timing(
      embed: embedded.seconds,
      embedComputed: embedded.result.seconds - embedded.result.computedSeconds,
      train: training?.seconds, evaluate: evaluated.seconds)
    let identity = embedded.backbone.encoder.identity
    let report = RunReport(
      provenance: .init(
        name: config.name, version: Version.current,
        encoder: .init(
          family: identity.family, weightsDigest: identity.weightsDigest,
          pooling: identity.pooling),
        configuration: config.json,
        seeds: ["opt_seed": Int(config.cronos.seed), "data_seed": config.corpus.dataSeed],
        deliveredIterate: training?.deliveredIteration,
        deliveredRule: training?.settings.iterate.rawValue,
        zeroColumnShare: heads.first?.convex?.head.zeroShare,
        notes: config.notes + evaluated.notes),
      languages: languages, heads: evaluated.answers.evaluations,
      mainHead: evaluated.answers.heads.first?.name ?? "cld",
      data: .init(
        train: embedded.result.languages(of: .train),
        validation: embedded.result.languages(of: .validation),
        test: evaluated.clips.map(\.language), skipped: skipped.map { ($0.language, $0.reason) }),
      timing: timing,
      flops: .init(
        encoder: .init(
          counted: embedded.result.flops,
          fromCache: max(embedded.result.flops - embedded.executedFLOPs, 0)),
        solver: .init(counted: training?.flops),
        decoder: .init(
          counted: evaluated.executedFLOPs + evaluated.cachedFLOPs,
          fromCache: evaluated.cachedFLOPs),
        timing: timing),
      solver: training?.summary, certificate: evaluated.certificate,
      comparisons: evaluated.answers.comparisons, trace: training?.tracePoints ?? [],
      map: evaluated.map, mistakes: evaluated.mistakes,
      skippedClips: skipped.map { .init(path: $0.path, language: $0.language, reason: $0.reason) })
    try folder.write(report)
    return report
  }
}
