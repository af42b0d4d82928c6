/// Levenshtein alignment of two sequences, counted: insertion, deletion and substitution cost 1.
///
/// Where several alignments are optimal, the one counted is rapidfuzz's (and so jiwer's). In words:
/// common ends are matched first; then, from the far corner of the distance table back, a deletion
/// is taken wherever it leads to a distance one lower, else an insertion where the cell that it
/// leads to is one lower than its left neighbour, else a match or substitution. Tables of a megabyte
/// or more are halved at the middle of the hypothesis and at the first best place of the reference.
public enum EditDistance {
  /// The edits that turn `reference` into `hypothesis`, in O(⌈m/64⌉·n) time for lengths m and n,
  /// and memory linear in m + n beside a table that is kept under 64 MiB.
  public static func counts<Element: Hashable>(
    _ reference: some Collection<Element>, _ hypothesis: some Collection<Element>
  ) -> EditCounts {
    var aligner = EditAligner<Element>()
    return aligner.counts(reference, hypothesis)
  }
}

/// The aligner with its buffers, for many pairs one after the other.
struct EditAligner<Element: Hashable> {
  private var identifiers: [Element: Int] = [:]
  private var table = BitParallelTable()

  mutating func counts(
    _ reference: some Collection<Element>, _ hypothesis: some Collection<Element>
  ) -> EditCounts {
    identifiers.removeAll(keepingCapacity: true)
    let source = intern(reference)
    let target = intern(hypothesis)
    return align(source[...], target[...], limit: max(source.count, target.count))
  }

  private mutating func intern(_ sequence: some Collection<Element>) -> [Int] {
    sequence.map { element in
      if let known = identifiers[element] { return known }
      let new = identifiers.count
      identifiers[element] = new
      return new
    }
  }

  /// - Parameter limit: an upper bound of the distance.
  private mutating func align(
    _ source: ArraySlice<Int>, _ target: ArraySlice<Int>, limit: Int
  ) -> EditCounts {
    var (source, target) = (source, target)
    var hits = 0
    while let a = source.first, a == target.first {
      source.removeFirst()
      target.removeFirst()
      hits += 1
    }
    while let a = source.last, a == target.last {
      source.removeLast()
      target.removeLast()
      hits += 1
    }
    var counts = EditCounts(hits: hits)
    if source.isEmpty || target.isEmpty {
      counts += EditCounts(deletions: source.count, insertions: target.count)
    } else if needsSplit(source.count, target.count, limit: limit) {
      let split = bestSplit(source, target)
      counts += align(
        source[..<split.source], target[..<split.target], limit: split.leftDistance)
      counts += align(
        source[split.source...], target[split.target...], limit: split.rightDistance)
    } else {
      counts += table.align(source, target, symbols: identifiers.count)
    }
    return counts
  }

  private func needsSplit(_ m: Int, _ n: Int, limit: Int) -> Bool {
    guard m >= 65, n >= 10 else { return false }
    // rapidfuzz's rule, which counts only the diagonal band that a distance ≤ limit can reach …
    let band = min(m, 2 * min(limit, max(m, n)) + 1)
    if 2 * band * n / 8 >= 1 << 20 { return true }
    // … and the bound for the whole table, which is what is stored here.
    return 2 * m * n / 8 >= 1 << 26
  }

  /// Hirschberg's division: the middle of the target, and the first place of the source where the
  /// distances of the two halves add up to the least.
  private mutating func bestSplit(
    _ source: ArraySlice<Int>, _ target: ArraySlice<Int>
  ) -> (source: Int, target: Int, leftDistance: Int, rightDistance: Int) {
    let middle = target.startIndex + target.count / 2
    let symbols = identifiers.count
    let left = table.lastRow(source, target[..<middle], symbols: symbols)
    let right = table.lastRow(
      Array(source.reversed())[...], Array(target[middle...].reversed())[...], symbols: symbols)
    let m = source.count
    var best = 0
    for i in 1...m where left[i] + right[m - i] < left[best] + right[m - best] { best = i }
    return (source.startIndex + best, middle, left[best], right[m - best])
  }
}
