/// How text is decoded; greedy always.
public struct WhisperDecodingSettings: Sendable, Equatable {
  /// Whether the decoder may write timestamps: the prompt then lacks `<|notimestamps|>`. They do
  /// not appear in the text.
  public var timestamps = false
  /// Above 0; 1 changes nothing. Over 1, tokens that are already in the prompt or the text become
  /// less likely: their logits are divided by this where positive, multiplied where negative.
  public var repetitionPenalty: Float = 1
  /// The most tokens to decode, 0 or more; nil: as many as the checkpoint's length limit leaves.
  public var maxNewTokens: Int?

  /// - Precondition: the penalty is positive.
  public init(
    timestamps: Bool = false, repetitionPenalty: Float = 1, maxNewTokens: Int? = nil
  ) {
    precondition(repetitionPenalty > 0, "repetition penalty \(repetitionPenalty)")
    self.timestamps = timestamps
    self.repetitionPenalty = repetitionPenalty
    self.maxNewTokens = maxNewTokens
  }

  /// The settings as one word, a part of caches' keys.
  public var identity: String {
    "greedy,timestamps-\(timestamps),penalty-\(repetitionPenalty),"
      + "tokens-\(maxNewTokens.map(String.init) ?? "all")"
  }
}
