import LinearAlgebra

/// The pooled embeddings of clips: from here on nothing knows about speech.
public struct EmbeddingSet: Sendable {
  /// X `[n, d]`: row i is `clips[i]`'s embedding; `[0, d]` where vectors were not collected.
  public var vectors: Matrix<Float>
  /// The clips that have an embedding, in the order they were given.
  public var clips: [Clip]
  /// SHA-256 of each of `clips`, the `clip` of their keys in a cache.
  public var digests: [String]
  /// The clips that have none, and why, in the order they were given.
  public var skipped: [SkippedClip]
  /// How many rows came from the cache.
  public var cachedCount: Int
  /// Counted floating-point operations of the encoder for all rows: a row from the cache counts what
  /// it once took, so that the sum does not depend on what was cached.
  public var flops: Int
  /// Seconds of decoding and encoding for all rows, counted in the same way.
  public var seconds: Double
  /// Seconds of decoding and encoding in this run.
  public var computedSeconds: Double
  /// Where the time of this run went.
  public var stages = Stages()

  /// Seconds of each stage. Decoding and preparing run ahead, beside the encoder: the sum may exceed
  /// the clock's.
  public struct Stages: Sendable, Equatable {
    /// Digests of the clips' files, and asking the cache.
    public var lookup = 0.0
    /// Decoding, resampling and preprocessing.
    public var decoding = 0.0
    /// What the encoder computes of the samples before its network: Whisper's mel spectrum.
    public var preparing = 0.0
    /// The network and pooling.
    public var encoding = 0.0
    /// Writing to the cache.
    public var storing = 0.0
  }

  /// The rows of a split's clips, ascending.
  public func rows(of split: Split) -> [Int] { clips.indices.filter { clips[$0].split == split } }
}

/// How far a pipeline is.
public struct EmbeddingProgress: Sendable, Equatable {
  /// Clips of the run.
  public var total = 0
  /// Clips taken from the cache.
  public var cached = 0
  /// Clips encoded.
  public var computed = 0
  /// Clips that were left out.
  public var skipped = 0
  /// Seconds of sound that were encoded.
  public var audioSeconds = 0.0
  /// Seconds since the first clip was encoded, or since the start before that.
  public var elapsedSeconds = 0.0

  /// Clips that nothing more is to be done for.
  public var done: Int { cached + computed + skipped }

  /// Clips encoded in a second; nil before one was encoded.
  public var clipsPerSecond: Double? {
    computed > 0 && elapsedSeconds > 0 ? Double(computed) / elapsedSeconds : nil
  }

  /// Seconds that the rest takes at the pace so far; nil before a clip was encoded.
  public var remainingSeconds: Double? {
    computed > 0 ? elapsedSeconds / Double(computed) * Double(total - done) : nil
  }
}

/// Why a pipeline gives no embeddings.
public enum PipelineError: Error, Equatable, CustomStringConvertible {
  /// It was told to stop; what was encoded is in the cache.
  case cancelled(done: Int, total: Int)
  case cache(CacheError)
  /// Every clip was skipped.
  case nothingEncoded(clips: Int, firstProblem: SkippedClip)

  public var description: String {
    switch self {
    case .cancelled(let done, let total):
      "stopped after \(done) of \(total) clips; they are cached, and the next run goes on from there"
    case .cache(let error): error.description
    case .nothingEncoded(let clips, let problem):
      "none of \(clips) clips could be encoded; the first: \(problem.path): \(problem.reason)"
    }
  }
}
