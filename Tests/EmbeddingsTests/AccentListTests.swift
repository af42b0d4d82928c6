import Embeddings
import Testing

@Suite struct AccentListTests {
  static let southern = "Southern African (South Africa, Zimbabwe, Namibia)"

  @Test(arguments: [
    ("", []),
    ("  ", []),
    ("Jawa", ["Jawa"]),
    ("हिंदी,दिल्ली", ["हिंदी", "दिल्ली"]),
    ("England English|Southern British English", ["England English", "Southern British English"]),
    (southern, [southern]),
    ("\(southern), Scottish English", [southern, "Scottish English"]),
    ("Scottish English|\(southern)|x", ["Scottish English", southern, "x"]),
    (" a ,, b|", ["a", "b"]),
    ("a (b (c, d), e), f", ["a (b (c, d), e)", "f"]),
    ("never (closed, b", ["never (closed", "b"]),
    ("closed) first, b", ["closed) first", "b"]),
  ])
  func separatorsOutsideBrackets(cell: String, accents: [String]) {
    #expect(AccentList().split(cell) == accents)
  }

  @Test func knownNamesAreTakenWhole() {
    let list = AccentList(knownNames: ["Slow, soft", "Slow", ""])
    #expect(list.split("Slow, soft") == ["Slow, soft"])
    #expect(list.split("Slow") == ["Slow"])
    #expect(list.split("x, Slow, soft|Slow") == ["x", "Slow, soft", "Slow"])
    // A known name is whole: what merely begins with it is another.
    #expect(list.split("Slow, softer") == ["Slow", "softer"])
    #expect(list.split("Slow, soft ,y") == ["Slow, soft", "y"])
  }

  /// Upstream's rule loses the names that have commas; kept for comparisons with it.
  @Test func commasOnly() {
    let list = AccentList(knownNames: [Self.southern], rule: .commas)
    #expect(
      list.split(Self.southern) == ["Southern African (South Africa", "Zimbabwe", "Namibia)"])
    #expect(list.split("a|b,c") == ["a|b", "c"])
  }
}
