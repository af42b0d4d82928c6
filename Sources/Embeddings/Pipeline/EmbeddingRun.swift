import LinearAlgebra

/// The state of one run of a pipeline.
struct EmbeddingRun {
  private let pipeline: EmbeddingPipeline
  private let clips: [Clip]
  /// Whether the vectors are wanted, or only that they are in the cache.
  private let isCollecting: Bool
  private let isCancelled: @Sendable () -> Bool
  private let report: @Sendable (EmbeddingProgress) -> Void

  private enum Outcome {
    case pending
    case embedded(flops: Int, seconds: Double)
    case skipped(String)
  }

  private var outcomes: [Outcome]
  /// A row for each clip, in the clips' order, if vectors are collected.
  private var rows: [Float]
  private var digests: [String]
  private var treatments: [Preprocessing.Treatment?]
  private var progress = EmbeddingProgress()
  private var computedSeconds = 0.0
  private var stages = EmbeddingSet.Stages()
  private var start = ContinuousClock.now

  init(
    _ pipeline: EmbeddingPipeline, _ clips: [Clip], isCollecting: Bool,
    _ isCancelled: @escaping @Sendable () -> Bool,
    _ report: @escaping @Sendable (EmbeddingProgress) -> Void
  ) {
    (self.pipeline, self.clips, self.isCollecting) = (pipeline, clips, isCollecting)
    rows = Array(repeating: 0, count: isCollecting ? clips.count * pipeline.encoder.width : 0)
    (self.isCancelled, self.report) = (isCancelled, report)
    outcomes = Array(repeating: .pending, count: clips.count)
    digests = Array(repeating: "", count: clips.count)
    treatments = Array(repeating: nil, count: clips.count)
    progress.total = clips.count
  }

  // MARK: What is there already

  /// Digests all clips, and takes from the cache what it has.
  mutating func askCache() throws(PipelineError) {
    let group = 256  // clips between two looks at the clock and at whether to stop
    for first in stride(from: 0, to: clips.count, by: group) {
      try checkCancelled()
      var asked: [Int] = []
      var keys: [CacheKey] = []
      for i in first..<min(first + group, clips.count) {
        do throws(DigestError) {
          digests[i] = try SHA256Digest.hex(ofFile: clips[i].path)
          let treatment = try pipeline.preprocessing.treatment(
            of: digests[i], split: clips[i].split)
          treatments[i] = treatment
          asked.append(i)
          keys.append(pipeline.key(digests[i], treatment))
        } catch {
          skip(i, error.path == clips[i].path ? error.reason : "its background: \(error)")
        }
      }
      let found: [CachedEmbedding?]
      do throws(CacheError) {
        found = try lookUp(keys)
      } catch {
        throw .cache(error)
      }
      for (i, embedding) in zip(asked, found) {
        if let embedding { take(i, cached: embedding) }
      }
      tell()
    }
    stages.lookup = (ContinuousClock.now - start).inSeconds
  }

  /// What the cache has, and for what it lacks the one that is known besides.
  private func lookUp(_ keys: [CacheKey]) throws(CacheError) -> [CachedEmbedding?] {
    var found = try pipeline.cache.embeddings(for: keys)
    guard let known = pipeline.known else { return found }
    let missing = found.indices.filter { found[$0] == nil }
    for (i, embedding) in zip(missing, try known.embeddings(for: missing.map { keys[$0] })) {
      found[i] = embedding
    }
    return found
  }

  // MARK: What is missing

  /// A clip that only the network is missing for.
  private struct ReadyClip: Sendable {
    var clip: PreparedClip
    var decodingSeconds, preparingSeconds: Double
    /// Operations of preparing it.
    var flops: Int
  }

  /// What working ahead gives for a clip.
  private enum Prepared: Sendable {
    /// Somebody else, or an equal clip before, has stored it meanwhile.
    case cached(CachedEmbedding)
    case ready(ReadyClip)
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

  /// Encodes clips in their order, while others are decoded and prepared: never more than `readAhead`
  /// of them are in work or waiting.
  private mutating func encode(
    _ missing: [Int], ahead group: inout TaskGroup<(Int, Prepared)>
  ) async -> Result<Void, PipelineError> {
    var started = 0
    var ready: [Int: Prepared] = [:]
    for (place, i) in missing.enumerated() {
      while started < min(missing.count, place + pipeline.readAhead) {
        let (next, pipeline) = (missing[started], pipeline)
        started += 1
        guard let treatment = treatments[next] else { continue }  // all that is missing has one
        let (path, key) = (clips[next].path, pipeline.key(digests[next], treatment))
        group.addTask { (next, Self.prepare(path, key, treatment, pipeline)) }
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
    _ path: String, _ key: CacheKey, _ treatment: Preprocessing.Treatment,
    _ pipeline: EmbeddingPipeline
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
        path, treatment: treatment, maxSeconds: pipeline.maxSeconds)
      let decoded = ContinuousClock.now
      let (clip, flops) = FLOPCounter.counting { pipeline.encoder.prepare(waveform) }
      return .ready(
        ReadyClip(
          clip: clip, decodingSeconds: (decoded - start).inSeconds,
          preparingSeconds: (ContinuousClock.now - decoded).inSeconds, flops: flops))
    } catch {
      return .unreadable(error)
    }
  }

  private mutating func finish(_ i: Int, _ prepared: Prepared) throws(PipelineError) {
    switch prepared {
    case .cached(let embedding): take(i, cached: embedding)
    case .unreadable(let error):
      skip(i, error.path == clips[i].path ? error.reason : "its background: \(error)")
    case .cacheFailed(let error): throw .cache(error)
    case .ready(let ready):
      let embedding: CachedEmbedding
      do throws(Unfit) {
        embedding = try Self.embed(ready, with: pipeline.encoder)
      } catch {
        skip(i, error.reason)
        return
      }
      let encoded = ContinuousClock.now
      do throws(CacheError) {
        if let treatment = treatments[i] {
          try pipeline.cache.store(embedding, for: pipeline.key(digests[i], treatment))
        }
      } catch {
        throw .cache(error)
      }
      stages.storing += (ContinuousClock.now - encoded).inSeconds
      stages.decoding += ready.decodingSeconds
      stages.preparing += ready.preparingSeconds
      stages.encoding += embedding.seconds - ready.decodingSeconds - ready.preparingSeconds
      keep(i, embedding)
      progress.computed += 1
      progress.audioSeconds += ready.clip.waveform.seconds
      computedSeconds += embedding.seconds
    }
  }

  private struct Unfit: Error {
    let reason: String
  }

  private static func embed(
    _ ready: ReadyClip, with encoder: any SpeechEncoder
  ) throws(Unfit) -> CachedEmbedding {
    let start = ContinuousClock.now
    let (frames, flops): (Matrix<Float>, Int)
    do {
      (frames, flops) = try FLOPCounter.counting { try encoder.frames(of: ready.clip) }
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
      vector: vector, flops: ready.flops + flops,
      seconds: ready.decodingSeconds + ready.preparingSeconds
        + (ContinuousClock.now - start).inSeconds,
      audioSeconds: ready.clip.waveform.seconds)
  }

  // MARK: Bookkeeping

  private mutating func take(_ i: Int, cached embedding: CachedEmbedding) {
    // Another length is of no use: it is encoded again, and stored in its place.
    guard embedding.vector.count == pipeline.encoder.width else { return }
    keep(i, embedding)
    progress.cached += 1
  }

  private mutating func keep(_ i: Int, _ embedding: CachedEmbedding) {
    outcomes[i] = .embedded(flops: embedding.flops, seconds: embedding.seconds)
    treatments[i] = nil
    guard isCollecting else { return }
    let width = pipeline.encoder.width
    rows.replaceSubrange((i * width)..<((i + 1) * width), with: embedding.vector)
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

  consuming func result() throws(PipelineError) -> EmbeddingSet {
    let width = pipeline.encoder.width
    var set = EmbeddingSet(
      vectors: Matrix(rows: 0, columns: width), clips: [], digests: [], skipped: [],
      cachedCount: progress.cached, flops: 0, seconds: 0, computedSeconds: computedSeconds)
    set.stages = stages
    for (i, outcome) in outcomes.enumerated() {
      switch outcome {
      case .embedded(let flops, let seconds):
        if isCollecting, set.clips.count < i {  // rows of skipped clips are closed up
          for j in 0..<width { rows[set.clips.count * width + j] = rows[i * width + j] }
        }
        set.clips.append(clips[i])
        set.digests.append(digests[i])
        set.flops += flops
        set.seconds += seconds
      case .skipped(let reason):
        set.skipped.append(
          SkippedClip(path: clips[i].path, language: clips[i].language, reason: reason))
      case .pending: break
      }
    }
    if set.clips.isEmpty, let problem = set.skipped.first {
      throw .nothingEncoded(clips: clips.count, firstProblem: problem)
    }
    guard isCollecting else { return set }
    rows.removeLast(rows.count - set.clips.count * width)
    set.vectors = Matrix(rows: set.clips.count, columns: width, rows)
    return set
  }
}
