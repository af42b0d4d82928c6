import Testing

@testable import Evaluation

@Suite struct TextNormaliserTests {
  /// transformers 4: BasicTextNormalizer()(text), its white space at the ends included.
  @Test(arguments: [
    ("Hello, World!", "hello world "),
    ("[noise] So… it's <b>5 €</b> (laughs) ok ()", " so it s 5 ok "),
    ("Ｆｕｌｌ　ｗｉｄｔｈ１２", "full width12"), ("नमस्ते दुनिया।", "नमस त द न य "),
    ("你好，世界。", "你好 世界 "), ("ﬁne  café\tÉCOLE", "fine café école"),
  ])
  func whisperBasic(text: String, expected: String) {
    #expect(TextNormaliser.whisperBasic(text) == expected)
  }

  @Test(arguments: [
    ("Don't stop—now, please!", "dont stop now please!".dropLast().description),
    ("A well-known  case.", "a well known  case"), ("Seperti “itu”", "seperti itu"),
    ("你好，世界。", "你好 世界"),
  ])
  func lowerPunctuation(text: String, expected: String) {
    let found = TextNormaliser.lowerPunctuation(text)
    // Runs of spaces count as one in words; only whole words matter here.
    #expect(found.split(separator: " ") == expected.split(separator: " "))
  }

  @Test func nfkcOnly() {
    #expect(TextNormaliser.nfkc("Ｆｕｌｌ Ω") == "Full Ω")
    #expect(TextNormaliser.none("Ｆ ") == "Ｆ ")
  }

  @Test func mixedUnitsAreCharactersWhereThereAreNoSpaces() {
    func pair(_ reference: String, _ hypothesis: String) -> ErrorRate.PairEdits {
      ErrorRate.pairs(references: [reference], hypotheses: [hypothesis])[0]
    }
    // One of five characters is wrong, the English word is one unit.
    let chinese = pair("我有 iPhone 手机", "我有 iphone 手机")
    #expect(chinese.mixed == EditCounts(hits: 4, substitutions: 1))
    #expect(chinese.words == EditCounts(hits: 2, substitutions: 1))
    let joined = pair("我有iPhone", "我没有iPhone")
    #expect(joined.mixed == EditCounts(hits: 3, insertions: 1))
    let english = pair("the cat", "the dog")
    #expect(english.mixed == english.words)
  }

  @Test func ratesFollowTheNormaliser() {
    let references = ["Hello, world.", ""]
    let hypotheses = ["hello world", "x"]
    let plain = TranscriptionScores(references: references, hypotheses: hypotheses)
    #expect(plain.words == EditCounts(substitutions: 2, insertions: 1))
    #expect(plain.emptyReferences == 1)
    let lower = TranscriptionScores(
      references: references, hypotheses: hypotheses, normaliser: .lowerPunctuation)
    #expect(lower.words == EditCounts(hits: 2, insertions: 1))
  }
}
