import LinearAlgebra

/// Divides clips into training, validation and test clips.
///
/// The totals of the whole are rounded first, by largest remainder. Each stratum then gets its exact
/// share of them rounded down or up, in such a way that the strata add up to the totals: with ten
/// accents of three clips and shares of 80, 10 and 10 %, three accents give a validation clip, three
/// others a test clip.
enum SplitAssignment {
  struct Counts: Equatable {
    var train = 0
    var validation = 0
    var test = 0
  }

  /// Total counts for `count` clips. From three clips on, every split with a share has at least one.
  static func totals(_ count: Int, _ shares: CorpusConfig.Shares) -> Counts {
    // Ties of the remainders go to test, then to validation: training has clips enough.
    let exact = [shares.test, shares.validation, shares.train].map { $0 * Double(count) }
    // Shares such as 0.1 are not exact in binary: 0.1 · 30 must not count as 2.999….
    var counts = exact.map { Int(($0 + 1e-6).rounded(.down)) }
    let byRemainder = exact.indices.sorted {
      let (a, b) = (exact[$0] - Double(counts[$0]), exact[$1] - Double(counts[$1]))
      return abs(a - b) > 1e-6 ? a > b : $0 < $1
    }
    for i in byRemainder.prefix(max(0, count - counts.reduce(0, +))) { counts[i] += 1 }

    if count >= exact.count {
      for i in exact.indices where exact[i] > 0 && counts[i] == 0 {
        let largest = counts.indices.max { counts[$0] < counts[$1] } ?? i
        counts[largest] -= 1
        counts[i] = 1
      }
    }
    return Counts(train: counts[2], validation: counts[1], test: counts[0])
  }

  /// Counts for strata of the given sizes, which add up to `totals` of their sum. Which strata are
  /// rounded up depends on their order.
  static func counts(strata sizes: [Int], _ shares: CorpusConfig.Shares) -> [Counts] {
    let count = sizes.reduce(0, +)
    let totals = totals(count, shares)
    let heldOut = totals.validation + totals.test
    var (clipsSoFar, heldOutSoFar, testSoFar) = (0, 0, 0)
    return sizes.map { size in
      // Differences of a rounded running total: each is its own share rounded down or up.
      clipsSoFar += size
      let heldOutNow = rounded(clipsSoFar * heldOut, over: count)
      let testNow = rounded(heldOutNow * totals.test, over: heldOut)
      defer { (heldOutSoFar, testSoFar) = (heldOutNow, testNow) }
      let test = testNow - testSoFar
      return Counts(
        train: size - (heldOutNow - heldOutSoFar),
        validation: heldOutNow - heldOutSoFar - test, test: test)
    }
  }

  private static func rounded(_ a: Int, over b: Int) -> Int { b > 0 ? (2 * a + b) / (2 * b) : 0 }

  /// Sets the split of every clip. Seeded: neither the tables' nor the drawing's order matters.
  ///
  /// - Parameter byAccent: whether each language is split in these shares with its accents as
  ///   strata; otherwise the clips are split as one.
  static func assign(
    _ clips: inout [Clip], _ shares: CorpusConfig.Shares, byAccent: Bool, seed: Int
  ) {
    guard byAccent else {
      assign(&clips, strata: [Array(clips.indices)], names: [""], shares, seed: seed)
      return
    }
    let byLanguage = Dictionary(grouping: clips.indices) { clips[$0].language }
    for (language, members) in byLanguage.sorted(by: { $0.key < $1.key }) {
      let strata = Dictionary(grouping: members) { clips[$0].accent }
      var accents = strata.keys.sorted()
      var generator = SeededGenerator(seed: seed, purpose: ["strata", language])
      generator.shuffle(&accents)
      assign(
        &clips, strata: accents.map { strata[$0] ?? [] },
        names: accents.map { language + "/" + $0 },
        shares, seed: seed)
    }
  }

  private static func assign(
    _ clips: inout [Clip], strata: [[Int]], names: [String], _ shares: CorpusConfig.Shares,
    seed: Int
  ) {
    let counts = counts(strata: strata.map(\.count), shares)
    for (i, stratum) in strata.enumerated() {
      var members = stratum
      var generator = SeededGenerator(seed: seed, purpose: ["split", names[i]])
      generator.shuffle(&members)
      for (place, clip) in members.enumerated() {
        clips[clip].split =
          if place < counts[i].test {
            .test
          } else if place < counts[i].test + counts[i].validation {
            .validation
          } else {
            .train
          }
      }
    }
  }
}
