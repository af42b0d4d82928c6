/// What a cached value was computed from.
public struct CacheKey: Sendable, Hashable {
  /// SHA-256 of the clip's file, in hexadecimal.
  public var clip: String
  /// `Preprocessing.identity`.
  public var preprocessing: String
  /// What computed it, with all that its result depends on: an encoder's identity, a detector's, or
  /// a transcriber's with its decoding settings.
  public var producer: String

  public init(clip: String, preprocessing: String, producer: String) {
    (self.clip, self.preprocessing, self.producer) = (clip, preprocessing, producer)
  }
}

/// A clip's pooled embedding, and what it took.
public struct CachedEmbedding: Sendable, Equatable {
  /// `[d]`, the mean over frames.
  public var vector: [Float]
  /// Counted floating-point operations.
  public var flops: Int
  /// Wall seconds of decoding the clip and encoding it.
  public var seconds: Double
  /// Seconds of sound that went into the encoder; nil in what older versions stored.
  public var audioSeconds: Double?

  public init(vector: [Float], flops: Int, seconds: Double, audioSeconds: Double? = nil) {
    (self.vector, self.flops, self.seconds) = (vector, flops, seconds)
    self.audioSeconds = audioSeconds
  }
}

/// A clip's logits from a built-in language detector, and what they took.
public struct CachedDetection: Sendable, Equatable {
  /// Their codes, in the detector's order.
  public var languages: [String]
  /// One for each of `languages`, unnormalised.
  public var logits: [Float]
  /// Counted floating-point operations.
  public var flops: Int
  /// Wall seconds of the detector alone, without decoding the clip.
  public var seconds: Double

  /// - Precondition: as many logits as languages; no comma in a language's code.
  public init(languages: [String], logits: [Float], flops: Int, seconds: Double) {
    precondition(
      languages.count == logits.count, "\(logits.count) logits for \(languages.count) languages")
    precondition(
      !languages.contains { $0.contains(",") }, "a language's code has a comma: \(languages)")
    (self.languages, self.logits) = (languages, logits)
    (self.flops, self.seconds) = (flops, seconds)
  }
}

/// A clip's text as a transcriber wrote it down, and what it took.
public struct CachedTranscript: Sendable, Equatable {
  /// As the transcriber gave it, white space at its ends included.
  public var text: String
  /// Counted floating-point operations.
  public var flops: Int
  /// Wall seconds of the transcriber alone, without decoding the clip.
  public var seconds: Double

  public init(text: String, flops: Int, seconds: Double) {
    (self.text, self.flops, self.seconds) = (text, flops, seconds)
  }
}
