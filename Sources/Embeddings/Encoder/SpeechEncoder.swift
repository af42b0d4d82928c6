import LinearAlgebra

/// A frozen network that turns speech into one vector per time step.
public protocol SpeechEncoder: Sendable {
  /// What the vectors depend on: equal identities give equal vectors.
  var identity: EncoderIdentity { get }
  /// The number of components d of a frame.
  var width: Int { get }
  /// The encoder's last hidden states, `[T, width]`.
  /// - Throws: what makes the clip unfit for this encoder.
  func frames(of waveform: Waveform) throws -> Matrix<Float>
  /// Does what comes before the network; may run on any thread, while another clip is encoded.
  func prepare(_ waveform: Waveform) -> PreparedClip
  /// The same states as those of the clip's samples.
  /// - Throws: what makes the clip unfit for this encoder.
  func frames(of clip: PreparedClip) throws -> Matrix<Float>
}

/// A clip, and what its encoder has computed of it before the network.
public struct PreparedClip: Sendable {
  public let waveform: Waveform
  /// The network's input; nil where it is made of the samples along with the states.
  let features: Matrix<Float>?
}

/// For encoders that do next to nothing before the network.
extension SpeechEncoder {
  public func prepare(_ waveform: Waveform) -> PreparedClip {
    PreparedClip(waveform: waveform, features: nil)
  }

  public func frames(of clip: PreparedClip) throws -> Matrix<Float> {
    try frames(of: clip.waveform)
  }
}

/// A network that scores languages by itself, without a trained head.
public protocol LanguageDetector: Sendable {
  /// The languages it knows, each once, in the order of its logits: "en", "zh", …
  var languages: [String] { get }
  /// What the logits depend on besides the clip, a part of caches' keys.
  var detectionIdentity: String { get }
  /// One unnormalised logit for each of `languages`.
  func languageLogits(of waveform: Waveform) throws -> [Float]
}

extension LanguageDetector where Self: SpeechEncoder {
  public var detectionIdentity: String { identity.description }
}

/// A network that writes down what is said in a language it is told.
public protocol Transcriber: Sendable {
  /// What the text in a language depends on besides the clip: the weights and how text is chosen; a
  /// part of caches' keys.
  /// - Throws: what makes the language unfit.
  func transcriptionIdentity(language: String) throws -> String
  /// Whether it can be told this language.
  func supports(_ language: String) -> Bool
  /// The text, with the white space that the tokenizer gives it.
  /// - Throws: what makes the clip or the language unfit; the error names both.
  func transcribe(_ waveform: Waveform, language: String) throws -> String
}

/// What a pooled embedding depends on besides the clip.
public struct EncoderIdentity: Sendable, Hashable, Codable {
  /// The kind of network: "whisper", …
  public var family: String
  /// SHA-256 of the weights, in hexadecimal.
  public var weightsDigest: String
  /// How frames become one vector: "mean", …
  public var pooling: String

  /// The parts as they are; nothing is checked.
  public init(family: String, weightsDigest: String, pooling: String) {
    (self.family, self.weightsDigest, self.pooling) = (family, weightsDigest, pooling)
  }

  /// The whole identity as one line, a key for caches.
  public var description: String { "\(family)/\(weightsDigest)/\(pooling)" }
}

extension EncoderIdentity: CustomStringConvertible {}

/// A clip that an encoder cannot take: others may well do.
public enum ClipError: Error, Equatable, CustomStringConvertible {
  /// Fewer samples at 16 kHz than one frame sees.
  case tooShort(samples: Int, needed: Int)

  public var description: String {
    switch self {
    case .tooShort(let samples, let needed):
      "too short for the encoder: \(samples) samples at \(Waveform.sampleRate) Hz, at least "
        + "\(needed) are needed"
    }
  }
}
