/// The shape of a Whisper network: what `config.json` says of it.
public struct WhisperConfig: Sendable, Equatable, Decodable {
  /// Components of a hidden state.
  public let width: Int
  /// Components of a mel frame: 80 or 128.
  public let melBins: Int
  /// Encoder frames of a window: 1,500 for 30 s.
  public let sourcePositions: Int
  /// The longest token sequence, prompt included.
  public let targetPositions: Int
  /// Tokens, special ones and timestamps included.
  public let vocabularySize: Int
  /// The encoder's layers, the heads of each, the width of its feed-forward part.
  public let encoderLayers, encoderHeads, encoderHidden: Int
  /// The same of the decoder.
  public let decoderLayers, decoderHeads, decoderHidden: Int
  /// Whether the output matrix is the token embedding.
  public let isTied: Bool
  let modelType, activation: String

  enum CodingKeys: String, CodingKey {
    case width = "d_model"
    case melBins = "num_mel_bins"
    case sourcePositions = "max_source_positions"
    case targetPositions = "max_target_positions"
    case vocabularySize = "vocab_size"
    case encoderLayers = "encoder_layers"
    case encoderHeads = "encoder_attention_heads"
    case encoderHidden = "encoder_ffn_dim"
    case decoderLayers = "decoder_layers"
    case decoderHeads = "decoder_attention_heads"
    case decoderHidden = "decoder_ffn_dim"
    case isTied = "tie_word_embeddings"
    case modelType = "model_type"
    case activation = "activation_function"
  }

  /// Reads the keys; what they say together, `init(path:)` checks.
  public init(from decoder: any Decoder) throws {
    let c = try decoder.container(keyedBy: CodingKeys.self)
    modelType = try c.decode(String.self, forKey: .modelType)
    activation = try c.decodeIfPresent(String.self, forKey: .activation) ?? "gelu"
    isTied = try c.decodeIfPresent(Bool.self, forKey: .isTied) ?? true
    width = try c.wholeNumber(.width)
    melBins = try c.wholeNumber(.melBins)
    sourcePositions = try c.wholeNumber(.sourcePositions)
    targetPositions = try c.wholeNumber(.targetPositions)
    vocabularySize = try c.wholeNumber(.vocabularySize)
    encoderLayers = try c.wholeNumber(.encoderLayers)
    encoderHeads = try c.wholeNumber(.encoderHeads)
    encoderHidden = try c.wholeNumber(.encoderHidden)
    decoderLayers = try c.wholeNumber(.decoderLayers)
    decoderHeads = try c.wholeNumber(.decoderHeads)
    decoderHidden = try c.wholeNumber(.decoderHidden)
  }

  /// Reads and checks a file.
  /// - Throws: `CheckpointError` that names the file and the key.
  public init(path: String) throws(CheckpointError) {
    self = try JSONFile.decode(WhisperConfig.self, from: path)
    func wrong(_ key: CodingKeys, _ reason: String) -> CheckpointError {
      .configuration(file: path, key: key.rawValue, reason: reason)
    }
    guard modelType == "whisper" else {
      throw wrong(.modelType, "is '\(modelType)': needs 'whisper'")
    }
    guard activation == "gelu" else {
      throw wrong(.activation, "is '\(activation)': needs 'gelu'")
    }
    let sizes: [(CodingKeys, Int)] = [
      (.width, width), (.melBins, melBins), (.sourcePositions, sourcePositions),
      (.targetPositions, targetPositions), (.vocabularySize, vocabularySize),
      (.encoderLayers, encoderLayers), (.encoderHeads, encoderHeads),
      (.encoderHidden, encoderHidden), (.decoderLayers, decoderLayers),
      (.decoderHeads, decoderHeads), (.decoderHidden, decoderHidden),
    ]
    let possible = 1...1_000_000
    for (key, size) in sizes where !possible.contains(size) {
      throw wrong(key, "is \(size): needs 1 to \(possible.upperBound)")
    }
    for (key, heads) in [(CodingKeys.encoderHeads, encoderHeads), (.decoderHeads, decoderHeads)]
    where width % heads != 0 {
      throw wrong(key, "is \(heads): needs a divisor of \(CodingKeys.width.rawValue) \(width)")
    }
  }
}
