/// The table of Levenshtein distances between the prefixes of two sequences, kept as the signs of
/// the differences between neighbours in a row, 64 cells a word.
///
/// Row j stands for the first j units of the target, column i for the first i of the source. Bit
/// i − 1 of `increases` says that column i of the row is one more than column i − 1, of `decreases`
/// that it is one less. Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit
/// Distances" (2003), with Myers's carries between the words of a row; the way back as in Hyyrö, "A
/// Note on Bit-Parallel Alignment Computation" (2004).
struct BitParallelTable {
  private var increases: [UInt64] = []  // [rows, width]
  private var decreases: [UInt64] = []  // [rows, width]
  private var width = 0  // words in a row

  /// The source's places of symbol c are `places[starts[c]..<starts[c + 1]]`.
  private var starts: [Int] = []
  private var places: [Int] = []
  /// Rows of `width` words with a bit at each place of a symbol. A symbol with more places than a row
  /// has words keeps a row of its own, `masks[maskOffsets[c]...]`, so that all of them together take
  /// no more words than the source has units; the others are written into the first row, at offset
  /// 0, when they are wanted, and wiped after.
  private var masks: [UInt64] = []
  private var maskOffsets: [Int] = []

  /// The edits of the alignment that `EditDistance` describes. Neither sequence is empty.
  mutating func align(
    _ source: ArraySlice<Int>, _ target: ArraySlice<Int>, symbols: Int
  ) -> EditCounts {
    index(source, symbols: symbols)
    fill(target, keepingRows: true)
    var counts = EditCounts()
    var (i, j) = (source.count, target.count)
    while i > 0 && j > 0 {
      if isSet(increases, row: j, column: i) {
        counts.deletions += 1
        i -= 1
      } else if j > 1 && isSet(decreases, row: j - 1, column: i) {
        counts.insertions += 1
        j -= 1
      } else {
        i -= 1
        j -= 1
        if source[source.startIndex + i] == target[target.startIndex + j] {
          counts.hits += 1
        } else {
          counts.substitutions += 1
        }
      }
    }
    counts.deletions += i
    counts.insertions += j
    return counts
  }

  /// The distances between the whole target and each prefix of the source, `[source.count + 1]`.
  mutating func lastRow(
    _ source: ArraySlice<Int>, _ target: ArraySlice<Int>, symbols: Int
  ) -> [Int] {
    index(source, symbols: symbols)
    fill(target, keepingRows: false)
    var row = [target.count]
    row.reserveCapacity(source.count + 1)
    for i in 0..<source.count {
      let bit = UInt64(1) << UInt64(i % 64)
      let step =
        (increases[i / 64] & bit != 0 ? 1 : 0) - (decreases[i / 64] & bit != 0 ? 1 : 0)
      row.append(row[i] + step)
    }
    return row
  }

  private func isSet(_ bits: [UInt64], row: Int, column: Int) -> Bool {
    bits[(row - 1) * width + (column - 1) / 64] & (1 << UInt64((column - 1) % 64)) != 0
  }

  /// Sorts the places of `source` by symbol and makes the masks of the frequent ones.
  private mutating func index(_ source: ArraySlice<Int>, symbols: Int) {
    width = (source.count + 63) / 64
    starts = [Int](repeating: 0, count: symbols + 1)
    places = [Int](repeating: 0, count: source.count)
    for symbol in source { starts[symbol + 1] += 1 }
    for symbol in 0..<symbols { starts[symbol + 1] += starts[symbol] }
    var next = starts
    for (place, symbol) in source.enumerated() {
      places[next[symbol]] = place
      next[symbol] += 1
    }
    masks = [UInt64](repeating: 0, count: width)
    maskOffsets = [Int](repeating: 0, count: symbols)
    for symbol in 0..<symbols where starts[symbol + 1] - starts[symbol] > width {
      maskOffsets[symbol] = masks.count
      masks.append(contentsOf: repeatElement(0, count: width))
      mark(symbol, at: maskOffsets[symbol])
    }
  }

  private mutating func mark(_ symbol: Int, at offset: Int) {
    for index in starts[symbol]..<starts[symbol + 1] {
      let place = places[index]
      masks[offset + place / 64] |= 1 << UInt64(place % 64)
    }
  }

  private mutating func wipe(_ symbol: Int, at offset: Int) {
    for index in starts[symbol]..<starts[symbol + 1] { masks[offset + places[index] / 64] = 0 }
  }

  /// Computes the rows 1 … of the table; keeps all of them, or the last one as the only row.
  private mutating func fill(_ target: ArraySlice<Int>, keepingRows: Bool) {
    let size = keepingRows ? target.count * width : width
    increases = [UInt64](repeating: .max, count: size)
    decreases = [UInt64](repeating: 0, count: size)
    for (j, symbol) in target.enumerated() {
      let row = keepingRows ? j * width : 0
      let above = keepingRows ? max(j - 1, 0) * width : 0  // row 0 is all increases: the first fill
      let offset = maskOffsets[symbol]
      if offset == 0 { mark(symbol, at: offset) }
      // What the words to the left hand on: whether their last column rises or falls from above.
      var (rising, falling): (UInt64, UInt64) = (1, 0)
      for w in 0..<width {
        let (up, down) = (increases[above + w], decreases[above + w])
        let equal = masks[offset + w] | falling
        let diagonal = (((equal & up) &+ up) ^ up) | equal | down  // cells equal to the one up-left
        var (rise, fall) = (down | ~(diagonal | up), diagonal & up)
        let handed = (rise >> 63, fall >> 63)
        rise = rise << 1 | rising
        fall = fall << 1 | falling
        increases[row + w] = fall | ~(diagonal | rise)
        decreases[row + w] = rise & diagonal
        (rising, falling) = handed
      }
      if offset == 0 { wipe(symbol, at: offset) }
    }
  }
}
