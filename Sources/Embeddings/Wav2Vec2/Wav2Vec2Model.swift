import LinearAlgebra
import Synchronization

/// The encoder of a wav2vec 2.0 checkpoint: plain wav2vec2, XLS-R, MMS.
///
/// Each clip runs by itself, at its own length. Embeddings are always those of the adapters among the
/// network's own weights (in mms-1b-all the English ones), whatever language is transcribed.
///
/// The states of the last clip are remembered, since its embedding and its text in several languages
/// are usually asked for one after the other.
public final class Wav2Vec2Model: Sendable {
  /// Where it was loaded from.
  public let folder: String
  /// The network's shape.
  public let config: Wav2Vec2Config
  /// From a clip's samples to the network's input.
  public let input: Wav2Vec2Input
  /// "wav2vec2" with what departs from a plain network, the weights' digest, mean pooling.
  public let identity: EncoderIdentity

  let weights: Checkpoint
  let network: Wav2Vec2Network
  private let last = Mutex<Clip?>(nil)

  private struct Clip: Sendable {
    let samples: [Float]
    /// What the layers get.
    let input: Matrix<Float>
    /// What they make of it with the base adapter.
    var frames: Matrix<Float>?
  }

  /// Parts of published checkpoints that only training, or another use, needs.
  private static let unused = [
    "lm_head.", "quantizer.", "project_q.", "project_hid.", "projector.", "classifier.",
  ]

  /// Loads a Hugging Face folder: `config.json`, `preprocessor_config.json`, weights as safetensors
  /// (float32 stays in the mapped file, other types are widened once).
  /// - Throws: `CheckpointError`: the file, and what in it is wrong.
  public init(folder: String) throws {
    self.folder = folder
    config = try Wav2Vec2Config(path: folder + "/config.json")
    input = try Wav2Vec2Input(path: folder + "/preprocessor_config.json")
    weights = try Checkpoint(folder: folder)
    network = try Wav2Vec2Network(Self.root(of: weights), config)
    // masked_spec_embed stands for masked inputs in training.
    try weights.requireAllRead(
      except: [Self.root(of: weights).prefix + "masked_spec_embed"], exceptPrefixes: Self.unused)
    var family = "wav2vec2"
    if config.hasAdapters { family += ",base-adapter" }
    if !input.normalises { family += ",raw-input" }
    identity = EncoderIdentity(
      family: family, weightsDigest: weights.digest(), pooling: Pooling.meanName)
  }

  /// A bare network's checkpoint has no "wav2vec2." before its names.
  static func root(of weights: Checkpoint) -> Scope {
    weights.scope(
      weights.contains("wav2vec2.feature_projection.projection.weight") ? "wav2vec2." : "")
  }

  /// Whether the checkpoint can write: has the matrix from states to tokens.
  public var hasHead: Bool { weights.contains("lm_head.weight") }

  /// The states of a clip as far as they are known: remembered, or computed up to the layers.
  private func clip(_ waveform: Waveform) throws(ClipError) -> Clip {
    if let clip = last.withLock({ $0 }), clip.samples == waveform.samples { return clip }
    let clip = Clip(
      samples: waveform.samples, input: try network.input(input(waveform.samples)), frames: nil)
    last.withLock { $0 = clip }
    return clip
  }

  /// The last hidden states with other adapters than the base ones, `[T, width]`.
  /// - Throws: `ClipError.tooShort`.
  func frames(
    of waveform: Waveform, adapter: [Wav2Vec2AdapterLayer]
  ) throws(ClipError) -> Matrix<Float> {
    network.states(try clip(waveform).input, adapter: adapter)
  }
}

extension Wav2Vec2Model: SpeechEncoder {
  /// Components of a frame: 768 for base, 1,024 for large, 1,280 for MMS-1b.
  public var width: Int { config.width }

  /// The last hidden states with the base adapter, `[T, width]`, 50 a second.
  /// - Throws: `ClipError.tooShort`: fewer samples than the convolutions see at once.
  public func frames(of waveform: Waveform) throws -> Matrix<Float> {
    var clip = try clip(waveform)
    if let frames = clip.frames { return frames }
    let frames = network.states(clip.input, adapter: network.baseAdapter)
    clip.frames = frames
    last.withLock { [clip] in $0 = clip }
    return frames
  }
}
