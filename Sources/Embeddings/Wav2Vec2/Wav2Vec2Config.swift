/// The shape of a wav2vec 2.0 network: what `config.json` says of it. Keys that are missing have the
/// values that transformers gives them.
public struct Wav2Vec2Config: Sendable, Equatable, Decodable {
  /// How the convolutions' outputs are normalised: `feat_extract_norm`.
  public enum FeatureNorm: String, Sendable, Decodable {
    /// Each channel of the first convolution over time, nothing after that.
    case group
    /// The channels of every frame, after each convolution.
    case layer
  }

  /// Components of a hidden state.
  public let width: Int
  /// Transformer layers, the heads of each, the width of its feed-forward part.
  public let layers, heads, hidden: Int
  /// Outputs, taps and steps of the convolutions that turn samples into frames, one element each.
  public let convolutionWidths, convolutionKernels, convolutionStrides: [Int]
  /// Whether the convolutions of samples have biases: `conv_bias`.
  public let hasConvolutionBias: Bool
  /// How the convolutions' outputs are normalised.
  public let featureNorm: FeatureNorm
  /// Whether layers normalise their input (`do_stable_layer_norm`) or their output.
  public let isStable: Bool
  /// Of the transformer's norms, above 0: `layer_norm_eps`.
  public let epsilon: Float
  /// Taps of the positional convolution, and its groups of channels, which divide `width`.
  public let positionKernel, positionGroups: Int
  /// Inner width of the adapters in the layers; nil without adapters.
  public let adapterWidth: Int?
  /// Components between projector and classifier of a classification model.
  public let classifierWidth: Int
  /// The classes of a classification model, by index.
  let labelsByIndex: [String: String]?
  let modelType, activation, featureActivation: String
  let hasDownsampler, weighsLayers: Bool

  enum CodingKeys: String, CodingKey {
    case width = "hidden_size"
    case layers = "num_hidden_layers"
    case heads = "num_attention_heads"
    case hidden = "intermediate_size"
    case convolutionWidths = "conv_dim"
    case convolutionKernels = "conv_kernel"
    case convolutionStrides = "conv_stride"
    case hasConvolutionBias = "conv_bias"
    case featureNorm = "feat_extract_norm"
    case isStable = "do_stable_layer_norm"
    case epsilon = "layer_norm_eps"
    case positionKernel = "num_conv_pos_embeddings"
    case positionGroups = "num_conv_pos_embedding_groups"
    case adapterWidth = "adapter_attn_dim"
    case classifierWidth = "classifier_proj_size"
    case labelsByIndex = "id2label"
    case modelType = "model_type"
    case activation = "hidden_act"
    case featureActivation = "feat_extract_activation"
    case hasDownsampler = "add_adapter"
    case weighsLayers = "use_weighted_layer_sum"
  }

  /// Reads the keys; what they say together, `init(path:)` checks.
  public init(from decoder: any Decoder) throws {
    let c = try decoder.container(keyedBy: CodingKeys.self)
    func value<T: Decodable>(_ key: CodingKeys, _ fallback: T) throws -> T {
      try c.decodeIfPresent(T.self, forKey: key) ?? fallback
    }
    modelType = try c.decode(String.self, forKey: .modelType)
    width = try value(.width, 768)
    layers = try value(.layers, 12)
    heads = try value(.heads, 12)
    hidden = try value(.hidden, 3072)
    convolutionWidths = try value(.convolutionWidths, [Int](repeating: 512, count: 7))
    convolutionKernels = try value(.convolutionKernels, [10, 3, 3, 3, 3, 2, 2])
    convolutionStrides = try value(.convolutionStrides, [5, 2, 2, 2, 2, 2, 2])
    hasConvolutionBias = try value(.hasConvolutionBias, false)
    featureNorm = try value(.featureNorm, .group)
    isStable = try value(.isStable, false)
    epsilon = try value(.epsilon, 1e-5)
    positionKernel = try value(.positionKernel, 128)
    positionGroups = try value(.positionGroups, 16)
    adapterWidth = try c.decodeIfPresent(Int.self, forKey: .adapterWidth)
    classifierWidth = try value(.classifierWidth, 256)
    labelsByIndex = try c.decodeIfPresent([String: String].self, forKey: .labelsByIndex)
    activation = try value(.activation, "gelu")
    featureActivation = try value(.featureActivation, "gelu")
    hasDownsampler = try value(.hasDownsampler, false)
    weighsLayers = try value(.weighsLayers, false)
  }

  /// - Throws: `CheckpointError` that names the file and the key.
  public init(path: String) throws(CheckpointError) {
    self = try JSONFile.decode(Wav2Vec2Config.self, from: path)
    func wrong(_ key: CodingKeys, _ reason: String) -> CheckpointError {
      .configuration(file: path, key: key.rawValue, reason: reason)
    }
    guard modelType == "wav2vec2" else {
      throw wrong(.modelType, "is '\(modelType)': needs 'wav2vec2'")
    }
    let names = [(CodingKeys.activation, activation), (.featureActivation, featureActivation)]
    for (key, name) in names where name != "gelu" {
      throw wrong(key, "is '\(name)': needs 'gelu'")
    }
    guard !hasDownsampler else {
      // It adds layers after the network's own.
      throw wrong(.hasDownsampler, "is true: needs false")
    }
    guard !weighsLayers else { throw wrong(.weighsLayers, "is true: needs false") }
    try checkSizes(wrong)
  }

  private func checkSizes(
    _ wrong: (CodingKeys, String) -> CheckpointError
  ) throws(CheckpointError) {
    let possible = 1...1_000_000
    let sizes: [(CodingKeys, Int)] = [
      (.width, width), (.layers, layers), (.heads, heads), (.hidden, hidden),
      (.positionKernel, positionKernel), (.positionGroups, positionGroups),
      (.adapterWidth, adapterWidth ?? 1), (.classifierWidth, classifierWidth),
    ]
    for (key, size) in sizes where !possible.contains(size) {
      throw wrong(key, "is \(size): needs 1 to \(possible.upperBound)")
    }
    let count = convolutionWidths.count
    guard count > 0 else { throw wrong(.convolutionWidths, "is []: needs at least 1 size") }
    let lists: [(CodingKeys, [Int])] = [
      (.convolutionWidths, convolutionWidths), (.convolutionKernels, convolutionKernels),
      (.convolutionStrides, convolutionStrides),
    ]
    for (key, list) in lists {
      guard list.count == count else {
        let first = CodingKeys.convolutionWidths.rawValue
        throw wrong(key, "is \(list): needs \(count) numbers, as \(first) has")
      }
      guard list.allSatisfy({ possible.contains($0) }) else {
        throw wrong(key, "is \(list): needs sizes of 1 to \(possible.upperBound)")
      }
    }
    for (key, parts) in [(CodingKeys.heads, heads), (.positionGroups, positionGroups)]
    where width % parts != 0 {
      throw wrong(key, "is \(parts): needs a divisor of \(CodingKeys.width.rawValue) \(width)")
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw wrong(.epsilon, "is \(epsilon): needs a number above 0")
    }
  }

  /// Whether the layers have adapters: only those that normalise their input can.
  public var hasAdapters: Bool { isStable && adapterWidth != nil }

  /// Samples that one frame sees: fewer give none.
  public var receptiveField: Int {
    zip(convolutionKernels, convolutionStrides).reversed().reduce(1) { ($0 - 1) * $1.1 + $1.0 }
  }

  /// The classes of a classification model in the order of its logits.
  /// - Throws: `CheckpointError.configuration`: no labels, or a gap between them.
  func labels(path: String) throws(CheckpointError) -> [String] {
    func wrong(_ reason: String) -> CheckpointError {
      .configuration(file: path, key: CodingKeys.labelsByIndex.rawValue, reason: reason)
    }
    guard let labelsByIndex, !labelsByIndex.isEmpty else {
      throw wrong("is missing: needs the names of a detector's classes")
    }
    return try (0..<labelsByIndex.count).map { index throws(CheckpointError) in
      guard let label = labelsByIndex[String(index)] else {
        throw wrong("is without \(index): needs all of 0 to \(labelsByIndex.count - 1)")
      }
      return label
    }
  }
}
