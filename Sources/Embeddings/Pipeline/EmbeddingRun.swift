import LinearAlgebra

/// The state of one run of a pipeline.
struct EmbeddingRun {
  private let pipeline: EmbeddingPipeline
  private let clips: [Clip]
  private let isCancelled: @Sendable () -> Bool
  private let report: @Sendable (EmbeddingProgress) -> Void

  private enum Outcome {
    case pending
    case embedded(CachedEmbedding)
    case skipped(String)
  }

  private var outcomes: [Outcome]
  private var digests: [String]
  private var progress = EmbeddingProgress()
  private var computedSeconds = 0.0
  private var start = ContinuousClock.now

  init(
    _ pipeline: EmbeddingPipeline, _ clips: [Clip], _ isCancelled: @escaping @Sendable () -> Bool,
    _ report: @escaping @Sendable (EmbeddingProgress) -> Void
  ) {
    (self.pipeline, self.clips) = (pipeline, clips)
    (self.isCancelled, self.report) = (isCancelled, report)
    outcomes = Array(repeating: .pending, count: clips.count)
    digests = Array(repeating: "", count: clips.count)
    progress.total = clips.count
  }

  // MARK: What is there already

  /// Digests all clips, and takes from the cache what it has.
  mutating func askCache() throws(PipelineError) {
    let group = 256  // clips between two looks at the clock and at whether to stop
    for first in stride(from: 0, to: clips.count, by: group) {
      try checkCancelled()
      var asked: [Int] = []
      for i in first..<min(first + group, clips.count) {
        do throws(DigestError) {
          digests[i] = try SHA256Digest.hex(ofFile: clips[i].path)
          asked.append(i)
        } catch {
          skip(i, error.reason)
        }
      }
      let found: [CachedEmbedding?]
      do throws(CacheError) {
        found = try pipeline.cache.embeddings(for: asked.map { pipeline.key(digests[$0]) })
      } catch {
        throw .cache(error)
      }
      for (i, embedding) in zip(asked, found) {
        if let embedding { take(i, cached: embedding) }
      }
      tell()
    }
  }

  // MARK: What is missing

  /// What decoding ahead gives for a clip.
  private enum Prepared: Sendable {
    /// Somebody else, or an equal clip before, has stored it meanwhile.
    case cached(CachedEmbedding)
    case decoded(Waveform, seconds: Double)
    case unreadable(AudioError)
    case cacheFailed(CacheError)
  }

  mutating func encodeMissing() async throws(PipelineError) {
    start = .now
    let missing = outcomes.indices.filter {
      if case .pending = outcomes[$0] { true } else { false }
    }
    let result = await withTaskGroup(of: (Int, Prepared).self) { group in
      await encode(missing, ahead: &group)
    }
    try result.get()
  }

  /// Encodes clips in their order, while others are decoded: never more than `readAhead` of them are
  /// in work or waiting.
  private mutating func encode(
    _ missing: [Int], ahead group: inout TaskGroup<(Int, Prepared)>
  ) async -> Result<Void, PipelineError> {
    var started = 0
    var ready: [Int: Prepared] = [:]
    for (place, i) in missing.enumerated() {
      while started < min(missing.count, place + pipeline.readAhead) {
        let (next, pipeline) = (missing[started], pipeline)
        let (path, key) = (clips[next].path, pipeline.key(digests[next]))
        group.addTask { (next, Self.prepare(path, key, pipeline)) }
        started += 1
      }
      while ready[i] == nil, let (other, prepared) = await group.next() { ready[other] = prepared }
      do throws(PipelineError) {
        try checkCancelled()
        if let prepared = ready.removeValue(forKey: i) { try finish(i, prepared) }
      } catch {
        return .failure(error)
      }
      tell()
    }
    return .success(())
  }

  private static func prepare(
    _ path: String, _ key: CacheKey, _ pipeline: EmbeddingPipeline
  ) -> Prepared {
    do throws(CacheError) {
      if let embedding = try pipeline.cache.embedding(for: key),
        embedding.vector.count == pipeline.encoder.width
      {
        return .cached(embedding)
      }
    } catch {
      return .cacheFailed(error)
    }
    let start = ContinuousClock.now
    do throws(AudioError) {
      let waveform = try ClipReader.read(
        path, preprocessing: pipeline.preprocessing, maxSeconds: pipeline.maxSeconds)
      return .decoded(waveform, seconds: (ContinuousClock.now - start).inSeconds)
    } catch {
      return .unreadable(error)
    }
  }

  private mutating func finish(_ i: Int, _ prepared: Prepared) throws(PipelineError) {
    switch prepared {
    case .cached(let embedding): take(i, cached: embedding)
    case .unreadable(let error): skip(i, error.reason)
    case .cacheFailed(let error): throw .cache(error)
    case .decoded(let waveform, let seconds):
      let embedding: CachedEmbedding
      do throws(Unfit) {
        embedding = try Self.embed(waveform, with: pipeline.encoder, decoding: seconds)
      } catch {
        skip(i, error.reason)
        return
      }
      do throws(CacheError) {
        try pipeline.cache.store(embedding, for: pipeline.key(digests[i]))
      } catch {
        throw .cache(error)
      }
      outcomes[i] = .embedded(embedding)
      progress.computed += 1
      progress.audioSeconds += waveform.seconds
      computedSeconds += embedding.seconds
    }
  }

  private struct Unfit: Error {
    let reason: String
  }

  private static func embed(
    _ waveform: Waveform, with encoder: any SpeechEncoder, decoding: Double
  ) throws(Unfit) -> CachedEmbedding {
    let (start, flops) = (ContinuousClock.now, FLOPCounter.total)
    let frames: Matrix<Float>
    do {
      frames = try encoder.frames(of: waveform)
    } catch {
      throw Unfit(reason: "cannot be encoded: \(error)")
    }
    guard frames.rows > 0 else { throw Unfit(reason: "the encoder gives no frame") }
    precondition(
      frames.columns == encoder.width, "frames \(frames.shape) of an encoder of \(encoder.width)")
    let vector = Pooling.mean(frames: frames)
    guard vector.allSatisfy(\.isFinite) else {
      throw Unfit(reason: "the embedding has components that are not finite numbers")
    }
    return CachedEmbedding(
      vector: vector, flops: FLOPCounter.total - flops,
      seconds: decoding + (ContinuousClock.now - start).inSeconds)
  }

  // MARK: Bookkeeping

  private mutating func take(_ i: Int, cached embedding: CachedEmbedding) {
    // Another length is of no use: it is encoded again, and stored in its place.
    guard embedding.vector.count == pipeline.encoder.width else { return }
    outcomes[i] = .embedded(embedding)
    progress.cached += 1
  }

  private mutating func skip(_ i: Int, _ reason: String) {
    outcomes[i] = .skipped(reason)
    progress.skipped += 1
  }

  private func checkCancelled() throws(PipelineError) {
    if Task.isCancelled || isCancelled() {
      throw .cancelled(done: progress.done, total: progress.total)
    }
  }

  private mutating func tell() {
    progress.elapsedSeconds = (ContinuousClock.now - start).inSeconds
    report(progress)
  }

  func result() throws(PipelineError) -> EmbeddingSet {
    let width = pipeline.encoder.width
    var set = EmbeddingSet(
      vectors: Matrix(rows: 0, columns: width), clips: [], digests: [], skipped: [],
      cachedCount: progress.cached, flops: 0, seconds: 0, computedSeconds: computedSeconds)
    var elements: [Float] = []
    elements.reserveCapacity((progress.cached + progress.computed) * width)
    for (i, outcome) in outcomes.enumerated() {
      switch outcome {
      case .embedded(let embedding):
        elements += embedding.vector
        set.clips.append(clips[i])
        set.digests.append(digests[i])
        set.flops += embedding.flops
        set.seconds += embedding.seconds
      case .skipped(let reason):
        set.skipped.append(
          SkippedClip(path: clips[i].path, language: clips[i].language, reason: reason))
      case .pending: break
      }
    }
    if set.clips.isEmpty, let problem = set.skipped.first {
      throw .nothingEncoded(clips: clips.count, firstProblem: problem)
    }
    set.vectors = Matrix(rows: set.clips.count, columns: width, elements)
    return set
  }
}
