import Testing

@testable import Evaluation

/// The textbook table, and the way back through it that `EditDistance` describes.
private func referenceCounts(_ a: [Int], _ b: [Int]) -> EditCounts {
  let prefix = zip(a, b).prefix { $0 == $1 }.count
  let (a1, b1) = (a.dropFirst(prefix), b.dropFirst(prefix))
  let suffix = zip(a1.reversed(), b1.reversed()).prefix { $0 == $1 }.count
  let (source, target) = (Array(a1.dropLast(suffix)), Array(b1.dropLast(suffix)))
  var d = [[Int]](
    repeating: [Int](repeating: 0, count: source.count + 1), count: target.count + 1)
  for j in 0...target.count {
    for i in 0...source.count {
      if i == 0 || j == 0 {
        d[j][i] = i + j
      } else {
        let diagonal = d[j - 1][i - 1] + (source[i - 1] == target[j - 1] ? 0 : 1)
        d[j][i] = min(diagonal, d[j - 1][i] + 1, d[j][i - 1] + 1)
      }
    }
  }
  var counts = EditCounts(hits: prefix + suffix)
  var (i, j) = (source.count, target.count)
  while i > 0 && j > 0 {
    if d[j][i] == d[j][i - 1] + 1 {
      counts.deletions += 1
      i -= 1
    } else if j > 1 && d[j - 1][i] == d[j - 1][i - 1] - 1 {
      counts.insertions += 1
      j -= 1
    } else {
      if source[i - 1] == target[j - 1] { counts.hits += 1 } else { counts.substitutions += 1 }
      i -= 1
      j -= 1
    }
  }
  return counts + EditCounts(deletions: i, insertions: j)
}

@Suite struct EditDistanceTests {
  /// Lengths across the borders of 64-bit words, few and many symbols, near and far sequences.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func bitParallelMatchesTheTextbook(seed: UInt64) {
    var random = SplitMix(state: seed)
    for _ in 0..<150 {
      let symbols = Int.random(in: 1...12, using: &random)
      let length = [0, 1, 5, 20, 63, 64, 65, 128, 140].randomElement(using: &random) ?? 0
      let a = (0..<length).map { _ in Int.random(in: 0..<symbols, using: &random) }
      var b = a.filter { _ in Int.random(in: 0..<10, using: &random) > 0 }
      for _ in 0..<Int.random(in: 0...(length / 3 + 2), using: &random) {
        b.insert(
          Int.random(in: 0..<symbols, using: &random),
          at: Int.random(in: 0...b.count, using: &random))
      }
      #expect(EditDistance.counts(a, b) == referenceCounts(a, b), "seed \(seed): \(a) \(b)")
      #expect(EditDistance.counts(b, a) == referenceCounts(b, a), "seed \(seed): \(b) \(a)")
    }
  }

  /// The last row, from which long sequences are divided, is the last row of the table.
  @Test func lastRowsAreDistances() {
    let seed: UInt64 = 4
    var random = SplitMix(state: seed)
    var table = BitParallelTable()
    for _ in 0..<20 {
      let a = (0..<100).map { _ in Int.random(in: 0..<4, using: &random) }
      let b = (0..<70).map { _ in Int.random(in: 0..<4, using: &random) }
      let row = table.lastRow(a[...], b[...], symbols: 4)
      #expect(row.count == 101)
      for i in [0, 1, 50, 63, 64, 65, 100] {
        #expect(
          row[i] == referenceCounts(Array(a[..<i]), b).edits,
          "seed \(seed), column \(i): \(a) \(b)")
      }
    }
  }

  /// Sequences too long for one table, where dividing changes which of the optimal alignments is
  /// counted: rapidfuzz 3.14.6 divides and finds these numbers, its undivided Python version finds
  /// 1565, 890, 145 and 745.
  @Test func longSequencesAreDividedAsRapidfuzzDividesThem() {
    func sequence(seed: Int, count: Int) -> [Int] {  // ISO C's example of a generator
      var state = seed
      return (0..<count).map { _ in
        state = (state * 1_103_515_245 + 12345) % (1 << 31)
        return (state >> 16) % 5
      }
    }
    let counts = EditDistance.counts(
      sequence(seed: 12, count: 2600), sequence(seed: 1012, count: 3200))
    #expect(counts == EditCounts(hits: 1563, substitutions: 894, deletions: 143, insertions: 743))
    #expect(counts.edits == 890 + 145 + 745)
  }
}
