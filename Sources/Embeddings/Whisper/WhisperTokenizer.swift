import Foundation

/// Turns token ids into text: byte-level BPE, in the direction that decoding needs.
///
/// A token of the vocabulary is a string in which each character stands for a byte; bytes of
/// several tokens may make one character of the text. Added tokens are text as they are.
public struct WhisperTokenizer: Sendable {
  /// The bytes of each id; nil where the vocabulary has a gap.
  private let bytes: [[UInt8]?]
  /// Ids that steer the decoder and are no text.
  public let special: Set<Int>
  /// Whether spaces before punctuation and abbreviated forms are removed.
  public let cleansUpSpaces: Bool

  /// Reads `vocab.json` with `added_tokens.json`, or else `tokenizer.json`; which added tokens are
  /// special, and whether spaces are cleaned up, also from `tokenizer_config.json`.
  /// - Throws: `CheckpointError` that names the file and the key.
  public init(folder: String) throws(CheckpointError) {
    func existing(_ name: String) -> String? {
      let path = folder + "/" + name
      return FileManager.default.fileExists(atPath: path) ? path : nil
    }
    var configuration = TokenizerConfiguration()
    if let path = existing("tokenizer_config.json") {
      configuration = try JSONFile.decode(TokenizerConfiguration.self, from: path)
    }
    var vocabulary: [String: Int]
    var added: [AddedToken] = []
    let origin: String
    if let path = existing("tokenizer.json") {
      let file = try JSONFile.decode(TokenizerFile.self, from: path)
      (vocabulary, added, origin) = (file.model.vocab, file.addedTokens ?? [], path)
    } else {
      origin = folder + "/vocab.json"
      vocabulary = try JSONFile.decode([String: Int].self, from: origin)
      if let path = existing("added_tokens.json") {
        let tokens = try JSONFile.decode([String: Int].self, from: path)
        vocabulary.merge(tokens) { $1 }
      }
      if configuration.addedTokens == nil {
        added = vocabulary.filter { Self.looksSpecial($0.key) }
          .map { AddedToken(id: $0.value, content: $0.key, special: true) }
      }
    }
    for (key, token) in configuration.addedTokens ?? [:] {
      guard let id = Int(key) else { continue }
      added.append(AddedToken(id: id, content: token.content, special: token.special ?? false))
    }

    let ids = Array(vocabulary.values) + added.map(\.id)
    for id in ids where !(0..<10_000_000).contains(id) {
      throw .configuration(file: origin, key: "id", reason: "is \(id): needs 0 to 9999999")
    }
    var bytes = [[UInt8]?](repeating: nil, count: (ids.max() ?? -1) + 1)
    for (token, id) in vocabulary { bytes[id] = Self.bytes(of: token) }
    var special: Set<Int> = []
    for token in added {
      bytes[token.id] = Self.bytes(of: token.content)
      if token.special { special.insert(token.id) }
    }
    (self.bytes, self.special) = (bytes, special)
    cleansUpSpaces = configuration.cleansUpSpaces ?? false
  }

  /// The text of `ids`: special tokens (unless told otherwise) and timestamps left out, unknown ids
  /// ignored, bytes that are not UTF-8 replaced by U+FFFD, spaces cleaned up if the tokenizer does.
  public func decode(_ ids: some Sequence<Int>, skipSpecialTokens: Bool = true) -> String {
    var joined: [UInt8] = []
    for id in ids where bytes.indices.contains(id) {
      if skipSpecialTokens && special.contains(id) { continue }
      joined += bytes[id] ?? []
    }
    // Invalid bytes become U+FFFD first: what follows sees the text.
    var text = Array(String(decoding: joined, as: UTF8.self).utf8)
    if cleansUpSpaces {
      for (old, new) in Self.cleanups { text = text.replacing(old.utf8, with: new.utf8) }
    }
    return String(decoding: Self.removingTimestamps(text), as: UTF8.self)
  }

  /// In this order, as the tokenizers of Hugging Face do it for English.
  static let cleanups: [(String, String)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  /// The text without `<|12.34|>`.
  private static func removingTimestamps(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(UInt8(ascii: "<")) else { return text }
    var result: [UInt8] = []
    var i = 0
    while i < text.count {
      if let end = timestampEnd(text[i...]) {
        i = end
      } else {
        result.append(text[i])
        i += 1
      }
    }
    return result
  }

  /// Whether a token is `<|…|>` but no timestamp: what is special where no file says it.
  private static func looksSpecial(_ token: String) -> Bool {
    let text = Array(token.utf8)
    return text.count > 4 && text.starts(with: "<|".utf8) && text.suffix(2).elementsEqual("|>".utf8)
      && timestampEnd(text[...]) == nil
  }

  /// Where `<|digits.digits|>` ends that `text` begins with; nil if it begins otherwise.
  private static func timestampEnd(_ text: ArraySlice<UInt8>) -> Int? {
    guard text.starts(with: "<|".utf8) else { return nil }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let whole = text.dropFirst(2).prefix { digits.contains($0) }
    guard !whole.isEmpty, text[whole.endIndex...].first == UInt8(ascii: ".") else { return nil }
    let fraction = text[(whole.endIndex + 1)...].prefix { digits.contains($0) }
    guard !fraction.isEmpty, text[fraction.endIndex...].starts(with: "|>".utf8) else { return nil }
    return fraction.endIndex + 2
  }

  /// The bytes that a token's characters stand for; a token with any other character is its UTF-8.
  private static func bytes(of token: String) -> [UInt8] {
    var result: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = byteOfScalar[scalar.value] else { return Array(token.utf8) }
      result.append(byte)
    }
    return result
  }

  /// Printable bytes of Latin-1 stand for themselves; the others, in order, are U+0100, U+0101, …
  private static let byteOfScalar: [UInt32: UInt8] = {
    var table: [UInt32: UInt8] = [:]
    var next: UInt32 = 0x100
    for byte in UInt8.min...UInt8.max {
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: table[UInt32(byte)] = byte
      default:
        table[next] = byte
        next += 1
      }
    }
    return table
  }()
}

private struct AddedToken: Decodable {
  let id: Int
  let content: String
  let special: Bool
}

private struct TokenizerFile: Decodable {
  struct Model: Decodable {
    let vocab: [String: Int]
  }
  let model: Model
  let addedTokens: [AddedToken]?

  enum CodingKeys: String, CodingKey {
    case model
    case addedTokens = "added_tokens"
  }
}

private struct TokenizerConfiguration: Decodable {
  struct Token: Decodable {
    let content: String
    let special: Bool?
  }
  var cleansUpSpaces: Bool?
  /// By id.
  var addedTokens: [String: Token]?

  enum CodingKeys: String, CodingKey {
    case cleansUpSpaces = "clean_up_tokenization_spaces"
    case addedTokens = "added_tokens_decoder"
  }
}
