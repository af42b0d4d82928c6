/// The token ids that steer decoding: what `generation_config.json` says.
public struct WhisperGenerationConfig: Sendable, Equatable, Decodable {
  /// `<|startoftranscript|>`.
  public let decoderStart: Int
  /// Any of these ends the text.
  public let endOfText: Set<Int>
  /// `<|notimestamps|>`.
  public let noTimestamps: Int?
  /// Language ("en", "zh", …) → token; empty for a checkpoint that knows English only.
  public let languages: [String: Int]
  /// "transcribe", "translate" → token.
  public let tasks: [String: Int]
  /// Whether it knows other languages than English.
  public let isMultilingual: Bool
  /// Tokens that are never chosen.
  public private(set) var suppressed: [Int]
  /// Tokens that are not chosen as the first.
  public private(set) var suppressedAtBegin: [Int]
  /// The longest sequence, prompt included.
  public let maximumLength: Int?

  enum CodingKeys: String, CodingKey {
    case decoderStart = "decoder_start_token_id"
    case endOfText = "eos_token_id"
    case noTimestamps = "no_timestamps_token_id"
    case languages = "lang_to_id"
    case tasks = "task_to_id"
    case isMultilingual = "is_multilingual"
    case suppressed = "suppress_tokens"
    case suppressedAtBegin = "begin_suppress_tokens"
    case maximumLength = "max_length"
  }

  /// Reads the keys; what they say together, `init(path:vocabularySize:)` checks.
  public init(from decoder: any Decoder) throws {
    let c = try decoder.container(keyedBy: CodingKeys.self)
    decoderStart = try c.wholeNumber(.decoderStart)
    if let several = try? c.decode([Int].self, forKey: .endOfText) {
      endOfText = Set(several)
    } else {
      endOfText = [try c.wholeNumber(.endOfText)]
    }
    noTimestamps = try c.wholeNumberIfPresent(.noTimestamps)
    let tokens = try c.decodeIfPresent([String: Int].self, forKey: .languages) ?? [:]
    languages = Dictionary(
      tokens.map { (Self.name($0.key), $0.value) }, uniquingKeysWith: { min($0, $1) })
    tasks = try c.decodeIfPresent([String: Int].self, forKey: .tasks) ?? [:]
    isMultilingual = try c.decodeIfPresent(Bool.self, forKey: .isMultilingual) ?? !tokens.isEmpty
    suppressed = try c.decodeIfPresent([Int].self, forKey: .suppressed) ?? []
    suppressedAtBegin = try c.decodeIfPresent([Int].self, forKey: .suppressedAtBegin) ?? []
    maximumLength = try c.wholeNumberIfPresent(.maximumLength)
  }

  /// Reads a file. Suppressed ids outside the vocabulary mean nothing and are dropped; any other id
  /// must be a token.
  /// - Throws: `CheckpointError` that names the file and the key.
  public init(path: String, vocabularySize: Int) throws(CheckpointError) {
    self = try JSONFile.decode(WhisperGenerationConfig.self, from: path)
    func check(_ key: CodingKeys, _ ids: some Sequence<Int>) throws(CheckpointError) {
      for id in ids where !(0..<vocabularySize).contains(id) {
        throw .configuration(
          file: path, key: key.rawValue, reason: "is \(id): needs 0 to \(vocabularySize - 1)")
      }
    }
    try check(.decoderStart, [decoderStart])
    try check(.endOfText, endOfText)
    try check(.noTimestamps, noTimestamps.map { [$0] } ?? [])
    try check(.languages, languages.values)
    try check(.tasks, tasks.values)
    let vocabulary = 0..<vocabularySize
    suppressed.removeAll { !vocabulary.contains($0) }
    suppressedAtBegin.removeAll { !vocabulary.contains($0) }
    guard isMultilingual else { return }
    guard !languages.isEmpty else {
      throw .configuration(
        file: path, key: CodingKeys.languages.rawValue,
        reason: "is empty or missing: needs the languages of a multilingual checkpoint")
    }
    guard tasks["transcribe"] != nil else {
      throw .configuration(
        file: path, key: CodingKeys.tasks.rawValue,
        reason: "is without 'transcribe': needs its token")
    }
  }

  /// `<|en|>` → `en`.
  private static func name(_ token: String) -> String {
    guard token.hasPrefix("<|"), token.hasSuffix("|>"), token.count > 4 else { return token }
    return String(token.dropFirst(2).dropLast(2))
  }
}
