import Foundation
import TestFolders
import Testing

@testable import Embeddings

@Suite struct WhisperTokenizerTests {
  let fixture: WhisperFixture

  init() throws { fixture = try WhisperFixture.shared.get() }

  @Test func decodeCases() throws {
    let tokenizer = fixture.model.tokenizer
    #expect(tokenizer.cleansUpSpaces)
    for expected in fixture.expected.decodeCases {
      #expect(tokenizer.decode(expected.ids) == expected.text)
    }
  }

  /// The same from `vocab.json` and `added_tokens.json`, and without clean-up where
  /// `tokenizer_config.json` does not ask for it.
  @Test func vocabularyFiles() throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    for name in ["vocab.json", "added_tokens.json"] {
      try folder.write(name, Data(contentsOf: model(name)))
    }
    let bare = try WhisperTokenizer(folder: folder.path)
    for expected in fixture.expected.decodeCases {
      #expect(bare.decode(expected.ids) == expected.textNoCleanup)
      #expect(bare.decode(expected.ids, skipSpecialTokens: false) == expected.textWithSpecial)
    }
    #expect(bare.special == fixture.model.tokenizer.special)
    try folder.write("tokenizer_config.json", Data(contentsOf: model("tokenizer_config.json")))
    let configured = try WhisperTokenizer(folder: folder.path)
    for expected in fixture.expected.decodeCases {
      #expect(configured.decode(expected.ids) == expected.text)
    }
  }

  /// Timestamps (365 is `<|0.00|>`) and ids outside the vocabulary leave no trace.
  @Test func timestamps() {
    let tokenizer = fixture.model.tokenizer
    #expect(tokenizer.decode([365, 279, 390, 220, 13, 100_000, -1]) == "the.")
    // A timestamp between a space and a full stop keeps them apart until the clean-up is over.
    #expect(tokenizer.decode([279, 220, 366, 13]) == "the .")
  }

  private func model(_ name: String) -> URL {
    URL(fileURLWithPath: WhisperFixture.modelFolder + "/" + name)
  }
}
