import LinearAlgebra
import Testing

@testable import Embeddings

@Suite struct SplitAssignmentTests {
  let shares = CorpusConfig.Shares()

  @Test(arguments: [
    (0, [0, 0, 0]), (1, [1, 0, 0]), (2, [2, 0, 0]), (3, [1, 1, 1]), (4, [2, 1, 1]), (5, [3, 1, 1]),
    (9, [7, 1, 1]), (10, [8, 1, 1]), (14, [11, 1, 2]), (15, [12, 1, 2]), (16, [13, 1, 2]),
    (30, [24, 3, 3]), (3200, [2560, 320, 320]),
  ])
  func totalsByLargestRemainder(count: Int, expected: [Int]) {
    let totals = SplitAssignment.totals(count, shares)
    #expect([totals.train, totals.validation, totals.test] == expected)
  }

  @Test func totalsLeaveOutSplitsWithoutAShare() {
    let totals = SplitAssignment.totals(7, .init(train: 0.8, validation: 0, test: 0.2))
    #expect(totals == .init(train: 6, validation: 0, test: 1))
  }

  /// Ten accents of three clips: the held-out clips come from six different accents.
  @Test func smallStrata() {
    let counts = SplitAssignment.counts(strata: Array(repeating: 3, count: 10), shares)
    #expect(counts.map(\.test).reduce(0, +) == 3)
    #expect(counts.map(\.validation).reduce(0, +) == 3)
    #expect(counts.allSatisfy { $0.test + $0.validation <= 1 })
  }

  /// For any strata: the sums are the totals, and every stratum has its share rounded down or up.
  @Test func strataProperties() {
    let seed: UInt64 = 20
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let sizes = (0..<(1 + generator.below(12))).map { _ in generator.below(60) }
      let cut = (Double(generator.below(30)) / 100, Double(generator.below(30)) / 100)
      let shares = CorpusConfig.Shares(
        train: 1 - cut.0 - cut.1, validation: cut.0, test: cut.1)
      let totals = SplitAssignment.totals(sizes.reduce(0, +), shares)
      let counts = SplitAssignment.counts(strata: sizes, shares)
      let comment: Comment = "seed \(seed): \(sizes), \(shares)"
      #expect(counts.map(\.train).reduce(0, +) == totals.train, comment)
      #expect(counts.map(\.validation).reduce(0, +) == totals.validation, comment)
      #expect(counts.map(\.test).reduce(0, +) == totals.test, comment)
      let count = sizes.reduce(0, +)
      for (size, part) in zip(sizes, counts) {
        #expect(part.train + part.validation + part.test == size, comment)
        #expect(min(part.train, part.validation, part.test) >= 0, comment)
        let exact = Double(size) / Double(max(count, 1))
        // What is held out is a difference of two rounded sums, each off by a half at most.
        #expect(abs(Double(part.train) - exact * Double(totals.train)) < 1, comment)
        // Held out first, then divided: two roundings.
        #expect(abs(Double(part.test) - exact * Double(totals.test)) < 2, comment)
        #expect(
          abs(Double(part.validation) - exact * Double(totals.validation)) < 2, comment)
      }
    }
  }

  func clips(_ strata: [(language: String, accent: String, count: Int)]) -> [Clip] {
    strata.flatMap { stratum in
      (0..<stratum.count).map {
        Clip(
          path: "\(stratum.language)/\(stratum.accent)/\($0)", text: "", language: stratum.language,
          accent: stratum.accent, split: .train)
      }
    }
  }

  @Test func eachLanguageAndAccentIsSplit() {
    let original = clips([("en", "us", 100), ("en", "gb", 50), ("hi", "", 40), ("ms", "x", 3)])
    var assigned = original
    SplitAssignment.assign(&assigned, shares, byAccent: true, seed: 8)
    func count(_ language: String, _ accent: String, _ split: Split) -> Int {
      assigned.count { $0.language == language && $0.accent == accent && $0.split == split }
    }
    #expect(Split.allCases.map { count("en", "us", $0) } == [80, 10, 10])
    #expect(Split.allCases.map { count("en", "gb", $0) } == [40, 5, 5])
    #expect(Split.allCases.map { count("hi", "", $0) } == [32, 4, 4])
    #expect(Split.allCases.map { count("ms", "x", $0) } == [1, 1, 1])

    var again = original
    SplitAssignment.assign(&again, shares, byAccent: true, seed: 8)
    #expect(again == assigned)
    var other = original
    SplitAssignment.assign(&other, shares, byAccent: true, seed: 9)
    #expect(other != assigned)
  }

  /// As upstream: held out from the whole, whatever language that leaves short.
  @Test func withoutStrataTheWholeIsSplit() {
    var assigned = clips([("en", "us", 500), ("hi", "", 500)])
    SplitAssignment.assign(&assigned, shares, byAccent: false, seed: 8)
    #expect(assigned.count { $0.split == .test } == 100)
    #expect(assigned.count { $0.split == .validation } == 100)
    // 50 expected of each language; √(100 · ½ · ½) = 5, and the seed is fixed.
    let hindi = assigned.count { $0.split == .test && $0.language == "hi" }
    #expect(abs(hindi - 50) <= 20 && hindi != 0)
  }
}
