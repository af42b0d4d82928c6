/// Clips in, pooled embeddings out: digest → cache → decode → prepare → encode → pool → cache.
///
/// The cache is asked before any audio is decoded, and each clip is stored as soon as it is encoded,
/// so that a run that ends in whatever way is gone on with. Decoding and what comes before the network
/// run some clips ahead of it; apart from the embeddings, memory depends on `readAhead`, not on the
/// number of clips.
public struct EmbeddingPipeline: Sendable {
  public let encoder: any SpeechEncoder
  /// Asked first, and given what was encoded.
  public let cache: EmbeddingCache
  /// Another cache that is asked, too, and never written: that of all shards together.
  public let known: EmbeddingCache?
  public let preprocessing: Preprocessing
  /// Longer clips are skipped.
  public let maxSeconds: Double?
  /// How many clips are decoded and prepared before the network needs them.
  public let readAhead: Int

  public init(
    encoder: any SpeechEncoder, cache: EmbeddingCache, known: EmbeddingCache? = nil,
    preprocessing: Preprocessing = Preprocessing(), maxSeconds: Double? = nil, readAhead: Int = 4
  ) {
    precondition(readAhead >= 1, "readAhead: \(readAhead)")
    (self.encoder, self.cache, self.known) = (encoder, cache, known)
    self.preprocessing = preprocessing
    (self.maxSeconds, self.readAhead) = (maxSeconds, readAhead)
  }

  /// Embeds clips. One that cannot be read or encoded is skipped, with its reason.
  ///
  /// - Parameters:
  ///   - clips: in the order of the set's rows.
  ///   - collecting: whether the vectors are given back; otherwise they are only cached, the set's
  ///     matrix has no row, and memory hardly depends on the number of clips.
  ///   - isCancelled: asked before each clip, as is the task: the clip in hand is finished first.
  ///   - progress: called after each encoded or skipped clip, and now and then while the cache is
  ///     asked.
  /// - Throws: `PipelineError`.
  public func run(
    _ clips: [Clip], collecting: Bool = true,
    isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (EmbeddingProgress) -> Void = { _ in }
  ) async throws(PipelineError) -> EmbeddingSet {
    var run = EmbeddingRun(self, clips, isCollecting: collecting, isCancelled, progress)
    try run.askCache()
    try await run.encodeMissing()
    return try run.result()
  }

  func key(_ digest: String, _ treatment: Preprocessing.Treatment) -> CacheKey {
    CacheKey(
      clip: digest, preprocessing: treatment.identity, producer: encoder.identity.description)
  }
}
