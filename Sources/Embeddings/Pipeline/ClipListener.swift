import LinearAlgebra

/// Asks which language a clip is in and what it says; each answer comes from the cache if
/// it is there, and goes into it if not. Audio is decoded only when an answer has to be computed.
public struct ClipListener: Sendable {
  private let cache: EmbeddingCache
  private let preprocessing: Preprocessing
  private let maxSeconds: Double?

  public init(
    cache: EmbeddingCache, preprocessing: Preprocessing = .init(), maxSeconds: Double? = nil
  ) {
    (self.cache, self.preprocessing, self.maxSeconds) = (cache, preprocessing, maxSeconds)
  }

  /// Begins with a clip; nothing is opened but to digest the file.
  /// - Throws: `DigestError`.
  public func open(_ path: String) throws(DigestError) -> Session {
    Session(listener: self, path: path, digest: try SHA256Digest.hex(ofFile: path))
  }

  /// The answers about one clip.
  public struct Session {
    private let listener: ClipListener
    private let path, digest: String
    private var waveform: Waveform?
    /// Operations that this session executed. The encoder's pass over the clip is part of the first
    /// answer that needs it.
    public private(set) var executedFLOPs = 0
    /// Operations that earlier runs spent on what it took from the cache.
    public private(set) var cachedFLOPs = 0

    fileprivate init(listener: ClipListener, path: String, digest: String) {
      (self.listener, self.path, self.digest) = (listener, path, digest)
    }

    /// The clip's samples, decoded once.
    /// - Throws: `AudioError`.
    private mutating func audio() throws(AudioError) -> Waveform {
      if let waveform { return waveform }
      let decoded = try ClipReader.read(
        path, preprocessing: listener.preprocessing, maxSeconds: listener.maxSeconds)
      waveform = decoded
      return decoded
    }

    /// The built-in detector's logit for each of its languages.
    /// - Throws: `AudioError`, `CacheError`, or what the detector throws.
    public mutating func languageLogits(_ detector: any LanguageDetector) throws -> [Float] {
      let key = key(producer: detector.detectionIdentity)
      if let known = try listener.cache.detection(for: key), known.languages == detector.languages {
        cachedFLOPs += known.flops
        return known.logits
      }
      let waveform = try audio()
      let (logits, flops, seconds) = try measure { try detector.languageLogits(of: waveform) }
      try listener.cache.store(
        CachedDetection(
          languages: detector.languages, logits: logits, flops: flops, seconds: seconds), for: key)
      return logits
    }

    /// What the clip says, decoded as `language`.
    /// - Throws: `AudioError`, `CacheError`, or what the transcriber throws.
    public mutating func text(_ transcriber: any Transcriber, language: String) throws -> String {
      let key = key(producer: try transcriber.transcriptionIdentity(language: language))
      if let known = try listener.cache.transcript(for: key, language: language) {
        cachedFLOPs += known.flops
        return known.text
      }
      let waveform = try audio()
      let (text, flops, seconds) = try measure {
        try transcriber.transcribe(waveform, language: language)
      }
      try listener.cache.store(
        CachedTranscript(text: text, flops: flops, seconds: seconds), for: key, language: language)
      return text
    }

    private func key(producer: String) -> CacheKey {
      CacheKey(clip: digest, preprocessing: listener.preprocessing.identity, producer: producer)
    }

    private mutating func measure<T>(
      _ body: () throws -> T
    ) rethrows -> (value: T, flops: Int, seconds: Double) {
      let (start, before) = (ContinuousClock.now, FLOPCounter.total)
      let value = try body()
      let (flops, elapsed) = (FLOPCounter.total - before, ContinuousClock.now - start)
      executedFLOPs += flops
      return (value, flops, elapsed.inSeconds)
    }
  }
}
