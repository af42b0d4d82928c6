import LinearAlgebra
import Synchronization

/// A Whisper checkpoint of any size: encoder, language detector and transcriber.
///
/// Radford et al., "Robust speech recognition via large-scale weak supervision",
/// arXiv:2212.04356. Clips are padded or cut to one window of 30 s.
///
/// The states of the last clip are remembered, since its embedding, its language and its text in
/// several languages are usually asked for one after the other.
public final class WhisperModel: Sendable {
  /// Where it was loaded from; errors name it.
  public let folder: String
  /// The network's shape.
  public let config: WhisperConfig
  /// The token ids that steer decoding.
  public let generation: WhisperGenerationConfig
  /// From a clip to the encoder's input.
  public let features: WhisperFeatures
  /// From tokens to text.
  public let tokenizer: WhisperTokenizer
  /// "whisper", the weights' digest, mean pooling.
  public let identity: EncoderIdentity
  /// How `transcribe` decodes.
  public let decoding: WhisperDecodingSettings
  /// The languages it knows, in the order of their tokens; none if it knows English only.
  public let languages: [String]

  let encoder: WhisperEncoder
  let decoder: WhisperDecoder
  private let last = Mutex<Clip?>(nil)

  /// The states of one clip.
  struct Clip: Sendable {
    let samples: [Float]
    let frames: Matrix<Float>
    var memory: WhisperDecoder.Memory?
  }

  /// Loads a Hugging Face folder: `config.json`, `generation_config.json`,
  /// `preprocessor_config.json`, the tokenizer's files, weights as safetensors (float32 stays in
  /// the mapped file, other types are widened once).
  /// - Throws: `CheckpointError`: the file, and what in it is wrong.
  public init(folder: String, decoding: WhisperDecodingSettings = .init()) throws {
    self.folder = folder
    self.decoding = decoding
    config = try WhisperConfig(path: folder + "/config.json")
    generation = try WhisperGenerationConfig(
      path: folder + "/generation_config.json", vocabularySize: config.vocabularySize)
    let preprocessor = folder + "/preprocessor_config.json"
    features = try WhisperFeatures(path: preprocessor)
    guard features.melBins == config.melBins else {
      throw CheckpointError.configuration(
        file: preprocessor, key: "feature_size",
        reason: "is \(features.melBins): needs \(config.melBins), the num_mel_bins of config.json")
    }
    guard (features.frames - 1) / 2 + 1 == config.sourcePositions else {
      throw CheckpointError.configuration(
        file: folder + "/config.json", key: "max_source_positions",
        reason: "is \(config.sourcePositions): needs \((features.frames - 1) / 2 + 1), as "
          + "\(features.frames) mel frames give")
    }
    tokenizer = try WhisperTokenizer(folder: folder)
    let generation = generation
    languages =
      generation.isMultilingual
      ? generation.languages.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) : []

    let weights = try Checkpoint(folder: folder)
    // A bare network's checkpoint has no "model." before its names.
    let root = weights.scope(weights.contains("model.encoder.conv1.weight") ? "model." : "")
    encoder = try WhisperEncoder(root["encoder"], config)
    decoder = try WhisperDecoder(root["decoder"], output: weights.scope("proj_out."), config)
    // Where it is not read the output is tied: a copy of the token embedding.
    try weights.requireAllRead(except: ["proj_out.weight"])
    identity = EncoderIdentity(
      family: "whisper", weightsDigest: weights.digest(), pooling: Pooling.meanName)
  }

  /// The states of a clip: remembered, or computed, from its features if those are there.
  private func clip(_ waveform: Waveform, _ prepared: Matrix<Float>? = nil) -> Clip {
    if let clip = last.withLock({ $0 }), clip.samples == waveform.samples { return clip }
    let frames = Threads.withSerialBLAS { encoder(prepared ?? features(waveform, margin: 1)) }
    let clip = Clip(samples: waveform.samples, frames: frames, memory: nil)
    last.withLock { $0 = clip }
    return clip
  }

  /// What the decoder looks up of a clip: remembered, or computed.
  func memory(of waveform: Waveform) -> WhisperDecoder.Memory {
    var clip = clip(waveform)
    if let memory = clip.memory { return memory }
    let memory = Threads.withSerialBLAS { decoder.memory(of: clip.frames) }
    clip.memory = memory
    last.withLock { [clip] in $0 = clip }
    return memory
  }
}

extension WhisperModel: SpeechEncoder {
  /// Components of a frame: 512 for base, 768 for small, 1,280 for large.
  public var width: Int { config.width }

  /// The encoder's last hidden states over the whole window, its padding included:
  /// `[1500, width]`.
  public func frames(of waveform: Waveform) -> Matrix<Float> { clip(waveform).frames }

  /// The mel spectrum.
  public func prepare(_ waveform: Waveform) -> PreparedClip {
    PreparedClip(
      waveform: waveform, features: Threads.withSerialBLAS { features(waveform, margin: 1) })
  }

  public func frames(of clip: PreparedClip) -> Matrix<Float> {
    self.clip(clip.waveform, clip.features).frames
  }
}

extension WhisperModel: LanguageDetector {
  /// The decoder's logits of the language tokens after `<|startoftranscript|>` alone.
  /// - Throws: `WhisperError.englishOnly`.
  public func languageLogits(of waveform: Waveform) throws -> [Float] {
    guard generation.isMultilingual else { throw WhisperError.englishOnly(folder: folder) }
    let tokens = languages.compactMap { generation.languages[$0] }
    return firstStep(of: waveform) { decoder.logits($0, of: tokens) }
  }

  /// The logits of all tokens after `<|startoftranscript|>` alone.
  func firstStepLogits(of waveform: Waveform) -> [Float] {
    firstStep(of: waveform) { decoder.logits($0) }
  }

  private func firstStep(
    of waveform: Waveform, _ logits: (Matrix<Float>) -> [Float]
  ) -> [Float] {
    let memory = memory(of: waveform)
    var cache = decoder.emptyCache()
    return Threads.withSerialBLAS {
      logits(decoder.state(after: [generation.decoderStart], memory: memory, cache: &cache))
    }
  }
}
