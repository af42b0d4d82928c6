import Testing

@testable import Embeddings

@Suite struct NestedSubsetTests {
  /// English in three accents of 30, 20 and 4 training clips, Hindi without one.
  private static let clips: [Clip] = {
    var clips: [Clip] = []
    for (language, accent, count) in [
      ("en", "us", 30), ("en", "in", 20), ("en", "sc", 4), ("hi", "", 25),
    ] {
      for i in 0..<(count + 6) {
        clips.append(
          Clip(
            path: "\(language)/\(accent)\(i).mp3", text: "", language: language, accent: accent,
            split: i < count ? .train : i < count + 3 ? .validation : .test))
      }
    }
    return clips
  }()

  private func training(_ size: Int, seed: Int) -> [Clip] {
    NestedSubset.draw(Self.clips, perLanguage: size, seed: seed).filter { $0.split == .train }
  }

  @Test func subsetsAreNestedAndBalanced() {
    var before: Set<Clip> = []
    for size in [1, 3, 7, 12, 24, 54] {
      let kept = training(size, seed: 5)
      #expect(before.isSubset(of: kept), "\(size)")
      before = Set(kept)
      #expect(kept.count { $0.language == "hi" } == min(size, 25))
      let english = kept.filter { $0.language == "en" }
      #expect(english.count == min(size, 54))
      let counts = ["us", "in", "sc"].map { accent in english.count { $0.accent == accent } }
      // Accents that have more to give differ by one at most.
      let able = zip(counts, [30, 20, 4]).filter { $0.0 < $0.1 }.map(\.0)
      #expect((able.max() ?? 0) - (able.min() ?? 0) <= 1, "\(counts)")
      if size == 12 { #expect(counts.reduce(0, +) == 12 && counts[2] == 4) }
    }
  }

  @Test func otherSplitsStayAndSeedsDiffer() {
    let drawn = NestedSubset.draw(Self.clips, perLanguage: 5, seed: 1)
    #expect(drawn.filter { $0.split != .train } == Self.clips.filter { $0.split != .train })
    #expect(training(5, seed: 1) == training(5, seed: 1))
    #expect(training(5, seed: 1) != training(5, seed: 2))
    let shuffled = NestedSubset.draw(Self.clips.reversed(), perLanguage: 5, seed: 1)
    #expect(Set(shuffled) == Set(drawn), "the order of the selection does not matter")
    #expect(NestedSubset.draw(Self.clips, perLanguage: 1000, seed: 1) == Self.clips)
  }
}
