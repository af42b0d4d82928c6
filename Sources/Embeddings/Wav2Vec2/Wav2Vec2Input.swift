/// What is done to a clip's samples before the network: what `preprocessor_config.json` says.
public struct Wav2Vec2Input: Sendable, Equatable {
  /// Whether a clip is brought to zero mean and unit variance.
  public let normalises: Bool

  private struct Configuration: Decodable {
    let rate, size: Int?
    let normalises: Bool?

    enum CodingKeys: String, CodingKey {
      case rate = "sampling_rate"
      case size = "feature_size"
      case normalises = "do_normalize"
    }
  }

  /// - Throws: `CheckpointError` that names the file and the key.
  public init(path: String) throws(CheckpointError) {
    let c = try JSONFile.decode(Configuration.self, from: path)
    func wrong(_ key: Configuration.CodingKeys, _ reason: String) -> CheckpointError {
      .configuration(file: path, key: key.rawValue, reason: reason)
    }
    let rate = c.rate ?? Waveform.sampleRate
    guard rate == Waveform.sampleRate else {
      throw wrong(.rate, "is \(rate): needs \(Waveform.sampleRate)")
    }
    guard c.size ?? 1 == 1 else {
      throw wrong(.size, "is \(c.size ?? 1): needs 1, the network takes bare samples")
    }
    normalises = c.normalises ?? true
  }

  /// Keeps silence from becoming infinite.
  private static let epsilon = 1e-7

  /// `(x - mean)/√(variance + 1e-7)` over the clip's own samples, or the samples as they are.
  public func callAsFunction(_ samples: [Float]) -> [Float] {
    guard normalises, !samples.isEmpty else { return samples }
    let count = Double(samples.count)
    var sum = 0.0
    for sample in samples { sum += Double(sample) }
    let mean = sum / count
    var squares = 0.0
    for sample in samples { squares += (Double(sample) - mean) * (Double(sample) - mean) }
    let factor = 1 / (squares / count + Self.epsilon).squareRoot()
    return samples.map { Float((Double($0) - mean) * factor) }
  }
}
