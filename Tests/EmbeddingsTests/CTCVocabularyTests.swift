import Foundation
import TestFolders
import Testing

@testable import Embeddings

@Suite struct CTCVocabularyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func vocabulary(_ tokenizer: [String: Any]) throws -> CTCVocabulary {
    try folder.write("tokenizer_config.json", JSONSerialization.data(withJSONObject: tokenizer))
    return try CTCVocabulary(
      ["<pad>": 0, "<s>": 1, "<unk>": 2, "_": 3, "A": 4, "b": 5, ".": 7, "[x]": 8],
      tokenizer: CTCTokenizerConfig(folder: folder.path), file: "vocab.json", key: "eng")
  }

  @Test func repeatsBlanksAndSpecials() throws {
    let vocabulary = try vocabulary(["word_delimiter_token": "_"])
    // Repeats merge unless a blank, or another token that is text, stands between them.
    #expect(vocabulary.text([4, 4, 0, 4, 5, 5]) == "AAb")
    #expect(vocabulary.text([4, 1, 4, 2, 2, 5, 4]) == "AbA")
    #expect(vocabulary.text([4, 1, 4], skipSpecialTokens: false) == "A<s>A")
    #expect(vocabulary.text([3, 4, 3, 3, 5, 3]) == "A b")
    #expect(vocabulary.text([4, 6, 99, 5]) == "Ab")
    #expect(vocabulary.text([]) == "" && vocabulary.text([0, 0, 3]) == "")
  }

  @Test func tokenizerOptions() throws {
    let special: [String: Any] = ["content": "[x]", "special": true]
    let vocabulary = try vocabulary([
      "word_delimiter_token": ["content": "_"], "pad_token": "<pad>", "do_lower_case": true,
      "clean_up_tokenization_spaces": true, "additional_special_tokens": ["[x]"],
      "added_tokens_decoder": ["8": special], "bos_token": NSNull(),
    ])
    #expect(vocabulary.text([4, 3, 7, 8]) == "a.")
  }

  @Test func specialTokensMap() throws {
    try folder.write("special_tokens_map.json", #"{"pad_token": "[PAD]"}"#.utf8)
    #expect(try CTCTokenizerConfig(folder: folder.path).pad == "[PAD]")
    try folder.write("tokenizer_config.json", #"{"do_lower_case": "yes"}"#.utf8)
    let error = #expect(throws: CheckpointError.self) {
      try CTCTokenizerConfig(folder: folder.path)
    }
    #expect(
      error?.description.hasSuffix("do_lower_case is something else: needs true or false") == true)
  }
}
