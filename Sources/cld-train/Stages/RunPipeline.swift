import Baselines
import Cronos
import Embeddings
import Evaluation
import Foundation
import LinearAlgebra
import TensorFiles

/// A config's way through: corpus → embeddings → head → evaluation → report.
struct RunPipeline {
  let config: RunConfig
  let folder: RunFolder
  let console: Console
  /// The ranks that share the clips.
  let ranks: any RowCommunicator

  /// Reads and checks the config, then that the clips and the checkpoint are there; nothing is
  /// computed or written yet.
  /// - Parameter resume: go on only if the run's folder has the same config.
  init(
    configFile: String, output: String?, overrides: [String], resume: Bool = false,
    console: Console, ranks: any RowCommunicator = SingleProcess()
  ) throws {
    var tree = try ConfigTree(file: configFile)
    for override in overrides { try tree.set(override) }
    if let output { tree.root["output"] = .string(output) }
    try self.init(RunConfig(tree: tree), resume: resume, console: console, ranks: ranks)
  }

  /// Checks that the clips and the checkpoint of a config are there.
  init(
    _ config: RunConfig, resume: Bool = false, console: Console,
    ranks: any RowCommunicator = SingleProcess()
  ) throws {
    (self.config, self.console, self.ranks) = (config, console, ranks)
    try MissingInputs.require(config)
    let saved = config.output + "/config.json"
    if resume {
      guard FileManager.default.fileExists(atPath: saved) else {
        throw CommandError(
          .missingInput,
          "\(config.output): has no config.json, so there is no run to resume; leave out --resume")
      }
      let before = try ConfigTree(file: saved).root
      guard JSONValue.object(before) == config.json else {
        throw CommandError(
          .badData, "\(saved): differs from the config given; run without --resume to replace it")
      }
    }
    folder = RunFolder(config.output)
  }

  // MARK: Stages

  private struct Embedded {
    var backbone: Backbone
    var cache: EmbeddingCache
    var result: EmbeddingSet
    /// Operations that this run spent; those of `result` include what earlier runs did.
    var executedFLOPs: Int
    var skipped: [SkippedClip]
    var seconds: Double
  }

  /// What may be refused is looked at first: tables, weights, the head (if there is one already) and
  /// the cache. Then the run's folder is made, and the clips are encoded.
  /// - Parameters:
  ///   - needsText: whether the clips will be decoded to text.
  ///   - shard: the part that this process does; its files are beside those of the whole.
  ///   - collecting: whether the vectors are needed here.
  ///   - splits: whose clips are encoded.
  private func embedCorpus(
    needsText: Bool = false, for head: TrainedHead? = nil, _ headFile: String = "",
    shard: Shard? = nil, collecting: Bool = true, splits: [Split] = Split.allCases
  ) async throws -> Embedded {
    let selection = try CorpusStage(config.corpus, console: console).selection
    let backbone = try Backbone.load(
      folder: config.encoderPath, options: config.backboneOptions(needsText: needsText))
    if let head { try Self.requireMatch(head, headFile, backbone.encoder) }
    let all = (shard?.clips(of: selection.clips) ?? selection.clips)
      .filter { splits.contains($0.split) }
    let clips = Array(all[ranks.share(of: all.count)])
    let cache = try EmbeddingCache(path: shard?.path(for: config.cache) ?? config.cache)
    // What all shards know together is asked, too, and left alone: others may do so now.
    let hasWhole = shard != nil && FileManager.default.fileExists(atPath: config.cache)
    let known = hasWhole ? try EmbeddingCache(path: config.cache, readOnly: true) : nil
    if let shard { try cache.note(shard: shard, selection: Shard.digest(of: selection.clips)) }
    try folder.make()
    if ranks.isRoot {
      try folder.write(config.json, to: "config.json")
      try SplitFile.write(
        selection.clips, root: config.corpus.root, to: folder.path("split.jsonl"))
    }
    let start = ContinuousClock.now
    let progress = console.progress("embed", unit: "clips", total: clips.count)
    let pipeline = EmbeddingPipeline(
      encoder: backbone.encoder, cache: cache, known: known, preprocessing: config.preprocessing,
      maxSeconds: config.corpus.maxSeconds, readAhead: config.readAhead)
    let flopsBefore = FLOPCounter.total
    defer { progress.finish() }
    let result = try await pipeline.run(
      clips, collecting: collecting, isCancelled: { InterruptFlag.isRaised },
      progress: { progress.update($0) })
    progress.finish()
    let skipped = selection.skipped + result.skipped
    if ranks.size == 1 {
      let skippedTable = folder.path("skipped.tsv")
      try SkippedTable.write(skipped, to: shard?.path(for: skippedTable) ?? skippedTable)
    }
    let seconds = (ContinuousClock.now - start).inSeconds
    console.logger.info(
      """
      \(result.clips.count) clips embedded (\(result.cachedCount) from the cache), \
      \(skipped.count) skipped\(ranks.size > 1 ? ", on rank 0 of \(ranks.size)" : "")
      """)
    let stages = result.stages
    console.logger.debug(
      """
      lookup \(stages.lookup) s, decoding \(stages.decoding) s, preparing \(stages.preparing) s, \
      encoding \(stages.encoding) s, storing \(stages.storing) s
      """)
    return Embedded(
      backbone: backbone, cache: cache, result: result,
      executedFLOPs: FLOPCounter.total - flopsBefore, skipped: skipped, seconds: seconds)
  }

  private var languages: [String] { config.corpus.sortedLanguages }

  /// The rows of a split that this rank has.
  private func labelled(_ embedded: Embedded, _ split: Split) throws -> LabelledEmbeddings {
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

  private func provenance(_ embedded: Embedded) -> [String: String] {
    [
      "encoder": embedded.backbone.encoder.identity.description,
      "preprocessing": config.preprocessing.identity, "name": config.name,
      "data_seed": "\(config.corpus.dataSeed)",
    ]
  }

  /// The rows to train on and, if there are any, those to choose by.
  private func trainingRows(
    _ embedded: Embedded
  ) throws -> (training: LabelledEmbeddings, validation: LabelledEmbeddings?) {
    let training = try labelled(embedded, .train)
    try TrainStage.requireRows(
      of: languages, in: training.labels, from: config.corpus.root, ranks: ranks)
    let hasValidation = ranks.any(!embedded.result.rows(of: .validation).isEmpty)
    return (training, hasValidation ? try labelled(embedded, .validation) : nil)
  }

  private func trainHead(_ embedded: Embedded) throws -> TrainStage.Result {
    let stage = TrainStage(
      settings: config.cronos, languages: languages, provenance: provenance(embedded),
      output: folder, console: console, ranks: ranks)
    let rows = try trainingRows(embedded)
    let result = try stage.run(on: rows.training, validation: rows.validation)
    if ranks.isRoot { try folder.write(result.training.tracePoints, to: config.curves) }
    return result
  }

  private func trainRival(_ kind: BaselineKind, _ embedded: Embedded) throws -> TrainedHead {
    let stage = BaselineStage(
      space: config.evaluation.baselines, languages: languages,
      provenance: provenance(embedded), output: folder, console: console)
    let rows = try trainingRows(embedded)
    return try stage.run(kind, on: rows.training, validation: rows.validation)
  }

  // MARK: Commands

  /// Fills the cache, or that of one shard.
  func embed(shard: Shard? = nil) async throws {
    let embedded = try await embedCorpus(shard: shard, collecting: false)
    let (count, width) = (embedded.result.clips.count, embedded.result.vectors.columns)
    let cache = embedded.cache.path
    console.result(
      "\(count) embeddings of width \(width) in \(cache)",
      json: [
        "embeddings": .integer(count), "width": .integer(width), "cache": .string(cache),
        "cached": .integer(embedded.result.cachedCount),
        "skipped": .integer(embedded.skipped.count),
      ])
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

  /// All stages.
  func run() async throws -> RunReport {
    let embedded = try await embedCorpus(needsText: true)
    let wanted = config.evaluation.heads
    let rivals = wanted.compactMap(\.baseline)
    let convex = wanted.contains(.cld) || rivals.isEmpty ? try trainHead(embedded) : nil
    var heads = convex.map { [$0.trained] } ?? []
    for kind in rivals { heads.append(try trainRival(kind, embedded)) }
    return try evaluate(embedded, heads: heads, training: convex?.training)
  }

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

  /// - Throws: `CommandError` when the head was trained on another encoder's embeddings.
  static func requireMatch(
    _ head: TrainedHead, _ path: String, _ encoder: any SpeechEncoder
  ) throws(CommandError) {
    guard head.head.dimension == encoder.width else {
      throw CommandError(
        .badData,
        "\(path): trained on embeddings of width \(head.head.dimension), the encoder's have width "
          + "\(encoder.width); train a head on this encoder")
    }
    if let trained = head.provenance["encoder"], trained.contains("/"),
      trained != encoder.identity.description
    {
      throw CommandError(
        .badData,
        "\(path): trained on the encoder \(trained), this one is \(encoder.identity.description); "
          + "train a head on this encoder")
    }
  }

  private func evaluate(
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

extension EmbeddingSet {
  /// The languages of one split's clips.
  fileprivate func languages(of split: Split) -> [String] {
    rows(of: split).map { clips[$0].language }
  }
}

extension ProgressDisplay {
  /// Shows how far a pipeline is: what comes from the cache is done, but says nothing about the pace.
  fileprivate func update(_ progress: EmbeddingProgress) {
    let hours = (progress.audioSeconds / 3600).formatted(.number.precision(.fractionLength(2)))
    let counts = [(progress.cached, "cached"), (progress.skipped, "skipped")]
    update(
      progress.done,
      pace: Pace(rate: progress.clipsPerSecond ?? 0, left: progress.remainingSeconds),
      note: (["\(hours) h of audio"] + counts.filter { $0.0 > 0 }.map { "\($0) \($1)" })
        .joined(separator: ", "))
  }
}
