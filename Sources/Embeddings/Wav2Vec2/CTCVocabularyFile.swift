import Foundation

/// `vocab.json`: one vocabulary, or one for each adapter by its name.
struct CTCVocabularyFile: Sendable {
  private let path: String
  private let entries: [String: Entry]
  private let tokenizer: CTCTokenizerConfig

  private enum Entry: Decodable {
    case id(Int)
    case vocabulary([String: Int])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let id = try? container.decode(Int.self) {
        self = .id(id)
      } else {
        self = .vocabulary(try container.decode([String: Int].self))
      }
    }
  }

  /// Reads `vocab.json` and the tokenizer's configuration.
  /// - Throws: `CheckpointError` that names the file and the key.
  init(folder: String) throws(CheckpointError) {
    path = folder + "/vocab.json"
    entries = try JSONFile.decode([String: Entry].self, from: path)
    tokenizer = try CTCTokenizerConfig(folder: folder)
  }

  /// The one vocabulary of a flat file; nil for a nested one.
  private var flat: [String: Int]? {
    var ids: [String: Int] = [:]
    for (token, entry) in entries {
      guard case .id(let id) = entry else { return nil }
      ids[token] = id
    }
    return ids
  }

  /// The vocabulary of an adapter.
  /// - Throws: `CheckpointError.configuration`: not in the file, or without the padding token.
  func vocabulary(of adapter: String) throws(CheckpointError) -> CTCVocabulary {
    if let flat {
      return try CTCVocabulary(flat, tokenizer: tokenizer, file: path, key: "vocabulary")
    }
    guard case .vocabulary(let ids)? = entries[adapter] else {
      throw .configuration(
        file: path, key: adapter, reason: "is missing: needs a vocabulary for each adapter")
    }
    return try CTCVocabulary(ids, tokenizer: tokenizer, file: path, key: adapter)
  }

  /// The vocabulary that the network's own `lm_head` writes in: `target_lang` of a nested file.
  /// - Throws: `CheckpointError.configuration`.
  func base() throws(CheckpointError) -> CTCVocabulary {
    try vocabulary(of: tokenizer.target ?? "eng")
  }
}

/// What `tokenizer_config.json`, or else `special_tokens_map.json`, says of the tokens.
struct CTCTokenizerConfig: Sendable, Equatable {
  /// CTC's blank.
  let pad: String
  /// Stands between words, and what is written for it.
  let delimiter, delimiterText: String
  /// Tokens that are no text.
  let special: Set<String>
  let lowercases, cleansUpSpaces: Bool
  /// The adapter that the network's own weights belong to.
  let target: String?

  private struct File: Decodable {
    var pad, beginning, end, unknown, delimiter: Token?
    var delimiterText: String?
    var lowercases, cleansUpSpaces: Bool?
    var target: String?
    var added: [String: Token]?
    var additional: [Token]?

    enum CodingKeys: String, CodingKey {
      case pad = "pad_token"
      case beginning = "bos_token"
      case end = "eos_token"
      case unknown = "unk_token"
      case delimiter = "word_delimiter_token"
      case delimiterText = "replace_word_delimiter_char"
      case lowercases = "do_lower_case"
      case cleansUpSpaces = "clean_up_tokenization_spaces"
      case target = "target_lang"
      case added = "added_tokens_decoder"
      case additional = "additional_special_tokens"
    }
  }

  /// A token as its text alone, or as an object with its text.
  private struct Token: Decodable {
    let text: String
    let isSpecial: Bool

    private enum CodingKeys: String, CodingKey { case content, special }

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        (self.text, isSpecial) = (text, true)
      } else {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        text = try container.decode(String.self, forKey: .content)
        isSpecial = try container.decodeIfPresent(Bool.self, forKey: .special) ?? false
      }
    }
  }

  /// - Throws: `CheckpointError` that names the file and the key.
  init(folder: String) throws(CheckpointError) {
    func read(_ name: String) throws(CheckpointError) -> File {
      let path = folder + "/" + name
      guard FileManager.default.fileExists(atPath: path) else { return File() }
      return try JSONFile.decode(File.self, from: path)
    }
    let file = try read("tokenizer_config.json")
    let map = try read("special_tokens_map.json")
    func token(_ key: KeyPath<File, Token?>, _ fallback: String) -> String {
      file[keyPath: key]?.text ?? map[keyPath: key]?.text ?? fallback
    }
    pad = token(\.pad, "<pad>")
    delimiter = token(\.delimiter, "|")
    delimiterText = file.delimiterText ?? " "
    var special: Set = [
      pad, token(\.beginning, "<s>"), token(\.end, "</s>"), token(\.unknown, "<unk>"),
    ]
    for added in [file.added, map.added].compactMap({ $0 }) {
      special.formUnion(added.values.filter(\.isSpecial).map(\.text))
    }
    special.formUnion(((file.additional ?? []) + (map.additional ?? [])).map(\.text))
    self.special = special
    lowercases = file.lowercases ?? false
    cleansUpSpaces = file.cleansUpSpaces ?? false
    target = file.target
  }

  /// All of it as lines.
  var identity: [String] {
    [pad, delimiter, delimiterText, "\(lowercases)", "\(cleansUpSpaces)"] + special.sorted()
  }
}
