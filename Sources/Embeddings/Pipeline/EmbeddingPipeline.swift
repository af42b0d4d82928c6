import LinearAlgebra

/// Clips in, pooled embeddings out: digest → cache → decode → encode → pool → cache.
///
/// The cache is asked before any audio is decoded, and each clip is stored as soon as it is encoded,
/// so that a run that ends in whatever way is gone on with. Decoding runs some clips ahead of the
/// encoder; apart from the embeddings, memory depends on `readAhead`, not on the number of clips.
public struct EmbeddingPipeline: Sendable {
  public let encoder: any SpeechEncoder
  public let cache: EmbeddingCache
  public let preprocessing: Preprocessing
  /// Longer clips are skipped.
  public let maxSeconds: Double?
  /// How many clips are decoded before the encoder needs them.
  public let readAhead: Int

  public init(
    encoder: any SpeechEncoder, cache: EmbeddingCache,
    preprocessing: Preprocessing = Preprocessing(), maxSeconds: Double? = nil, readAhead: Int = 4
  ) {
    precondition(readAhead >= 1, "readAhead: \(readAhead)")
    (self.encoder, self.cache, self.preprocessing) = (encoder, cache, preprocessing)
    (self.maxSeconds, self.readAhead) = (maxSeconds, readAhead)
  }

  /// Embeds clips. One that cannot be read or encoded is skipped, with its reason.
  ///
  /// - Parameters:
  ///   - isCancelled: asked before each clip, as is the task: the clip in hand is finished first.
  ///   - progress: called after each encoded or skipped clip, and now and then while the cache is
  ///     asked.
  /// - Throws: `PipelineError`.
  public func run(
    _ clips: [Clip], isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (EmbeddingProgress) -> Void = { _ in }
  ) async throws(PipelineError) -> EmbeddingSet {
    var run = EmbeddingRun(self, clips, isCancelled, progress)
    try run.askCache()
    try await run.encodeMissing()
    return try run.result()
  }

  func key(_ digest: String) -> CacheKey {
    CacheKey(clip: digest, preprocessing: preprocessing, encoder: encoder.identity)
  }
}
