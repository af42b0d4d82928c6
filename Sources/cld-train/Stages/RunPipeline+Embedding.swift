import Cronos
import Embeddings
import Evaluation
import Foundation
import LinearAlgebra

extension RunPipeline {
  struct Embedded {
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
  func embedCorpus(
    needsText: Bool = false, for head: TrainedHead? = nil, _ headFile: String = "",
    shard: Shard? = nil, collecting: Bool = true, splits: [Split] = Split.allCases
  ) async throws -> Embedded {
    let selection = try CorpusStage(config.corpus, console: console).selection
    let backbone = try Backbone.load(
      folder: config.encoderPath, options: config.backboneOptions(needsText: needsText))
    if let head { try head.requireMatch(backbone.encoder, file: headFile) }
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

  func provenance(_ embedded: Embedded) -> [String: String] {
    [
      "encoder": embedded.backbone.encoder.identity.description,
      "preprocessing": config.preprocessing.identity, "name": config.name,
      "data_seed": "\(config.corpus.dataSeed)",
    ]
  }

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
}

extension EmbeddingSet {
  /// The languages of one split's clips.
  func languages(of split: Split) -> [String] {
    rows(of: split).map { clips[$0].language }
  }
}
