import Foundation
import LinearAlgebra

/// The tokens of one language, and how CTC's choice of a token for each frame becomes text.
public struct CTCVocabulary: Sendable, Equatable {
  /// By id; nil where the vocabulary has a gap.
  public let tokens: [String?]
  /// The id of CTC's blank: the padding token.
  public let blank: Int
  let tokenizer: CTCTokenizerConfig
  let file: String

  /// - Parameters:
  ///   - key: where in the file the vocabulary stands, for errors.
  /// - Throws: `CheckpointError.configuration`: no blank, two tokens of one id, an id out of range.
  init(
    _ ids: [String: Int], tokenizer: CTCTokenizerConfig, file: String, key: String
  ) throws(CheckpointError) {
    guard let blank = ids[tokenizer.pad] else {
      throw .configuration(
        file: file, key: key,
        reason: "is without '\(tokenizer.pad)': needs it, the padding token of "
          + "tokenizer_config.json, as CTC's blank")
    }
    func wrong(_ token: String, _ id: Int, needs wanted: String) -> CheckpointError {
      .configuration(file: file, key: "\(key).\(token)", reason: "is \(id): needs \(wanted)")
    }
    for (token, id) in ids where !(0..<1_000_000).contains(id) {
      throw wrong(token, id, needs: "0 to 999999")
    }
    var tokens = [String?](repeating: nil, count: (ids.values.max() ?? -1) + 1)
    for (token, id) in ids {
      if let other = tokens[id] { throw wrong(token, id, needs: "another id than '\(other)'") }
      tokens[id] = token
    }
    (self.tokens, self.blank, self.tokenizer, self.file) = (tokens, blank, tokenizer, file)
  }

  /// - Throws: `CheckpointError.configuration` if a token has no output.
  func requireIDs(below outputs: Int, file weights: String) throws(CheckpointError) {
    guard tokens.count <= outputs else {
      throw .configuration(
        file: file, key: tokens.last.flatMap { $0 } ?? "",
        reason: "is \(tokens.count - 1): needs less than \(outputs), the outputs of lm_head in "
          + weights)
    }
  }

  /// SHA-256 of all that shapes the text, in hexadecimal.
  var digest: String {
    let parts = tokens.map { $0 ?? "" } + ["\(blank)"] + tokenizer.identity
    return SHA256Digest.hex(of: Array(parts.joined(separator: "\n").utf8))
  }

  /// The text of the likeliest token of each frame, the first of equals; logits `[T, tokens]`.
  /// - Precondition: at least one token.
  public func text(bestOf logits: Matrix<Float>, skipSpecialTokens: Bool = true) -> String {
    text(logits.argmaxOfRows(), skipSpecialTokens: skipSpecialTokens)
  }

  /// The text of an id for each frame. Special tokens other than the blank go first, unless told
  /// otherwise, so that they do not keep equal neighbours apart; then repeats are merged and blanks
  /// left out; the word delimiter becomes a space, and spaces at both ends go. Ids without a token are
  /// special.
  public func text(_ ids: [Int], skipSpecialTokens: Bool = true) -> String {
    var text = ""
    var before: Int?
    for id in ids {
      let token = tokens.indices.contains(id) ? tokens[id] : nil
      if skipSpecialTokens, id != blank, token.map(tokenizer.special.contains) ?? true { continue }
      guard id != before else { continue }
      before = id
      guard id != blank, let token else { continue }
      text += token == tokenizer.delimiter ? tokenizer.delimiterText : token
    }
    text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if tokenizer.lowercases { text = text.lowercased() }
    if tokenizer.cleansUpSpaces {
      for (old, new) in WhisperTokenizer.cleanups {
        text = text.replacingOccurrences(of: old, with: new)
      }
    }
    return text
  }
}
