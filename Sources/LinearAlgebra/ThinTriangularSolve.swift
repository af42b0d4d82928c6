/// Triangular systems with few right-hand sides, which read the factor once and do little with it: the
/// limit is the memory's bandwidth. BLAS's `trsm` copies all of the factor into blocks first, in each of
/// its threads (n = 12,368, 5 columns, 2 cores: 55 to 60 ms, where reading the triangle takes 15 to 20).
///
/// The right-hand sides are held one a row, `[m, n]`. Blocks of rows of L are taken in turn: products with
/// what is known go to all threads, the triangle on the diagonal in smaller blocks to one.
enum ThinTriangularSolve {
  /// More columns than that are worth the copies.
  static let maximumColumns = 16
  /// A smaller factor lies in a cache.
  static let minimumOrder = 1024

  private static let block = 512
  private static let smallBlock = 64
  /// Columns of L at a time: as many numbers of each right-hand side stay in a near cache.
  private static let chunk = 4096

  /// `b ← L⁻¹·b`, or `L⁻ᵀ·b` when transposed; L `[n, n]`, b `[n, m]`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func solve<S: BLASScalar>(_ l: Matrix<S>, into b: inout Matrix<S>, transpose: Bool) {
    let n = l.rows
    var sides = b.transposed
    let m = sides.rows
    unsafe l.withUnsafeElements { elements in
      unsafe sides.withUnsafeMutableElements { sides in
        guard let l0 = elements.baseAddress, let z0 = sides.baseAddress else { return }
        // Threads write different rows or columns, all outside of what they read.
        nonisolated(unsafe) let (l, z) = unsafe (l0, z0)
        for rows in blocks(of: 0..<n, by: block, reversed: transpose) {
          if !transpose {
            Threads.concurrentRanges(count: rows.count, minimum: 16) { part in
              let rows = (rows.lowerBound + part.lowerBound)..<(rows.lowerBound + part.upperBound)
              unsafe subtractKnown(l, z, known: 0..<(rows.lowerBound - part.lowerBound), rows, n, m)
            }
          }
          for inner in blocks(of: rows, by: smallBlock, reversed: transpose) {
            let known = rows.lowerBound..<inner.lowerBound
            if !transpose { unsafe subtractKnown(l, z, known: known, inner, n, m) }
            let start = inner.lowerBound
            unsafe S._trsmRight(
              !transpose, m, inner.count, l + (start * n + start), n, z + start, n)
            if transpose { unsafe subtractFromUnknown(l, z, unknown: known, inner, n, m) }
          }
          if transpose {
            Threads.concurrentRanges(count: rows.lowerBound, minimum: 256) { part in
              unsafe subtractFromUnknown(l, z, unknown: part, rows, n, m)
            }
          }
        }
      }
    }
    b = sides.transposed
  }

  private static func blocks(of range: Range<Int>, by size: Int, reversed: Bool) -> [Range<Int>] {
    let blocks = stride(from: range.lowerBound, to: range.upperBound, by: size).map {
      $0..<min($0 + size, range.upperBound)
    }
    return reversed ? blocks.reversed() : blocks
  }

  /// `z[c, i] −= Σ_{j in known} L[i, j]·z[c, j]` for i in `rows`; `known` is whole small blocks.
  @inline(__always)
  @unsafe private static func subtractKnown<S: BLASScalar>(
    _ l: UnsafePointer<S>, _ z: UnsafeMutablePointer<S>, known: Range<Int>, _ rows: Range<Int>,
    _ n: Int, _ m: Int
  ) {
    for first in stride(from: known.lowerBound, to: known.upperBound, by: chunk) {
      let columns = first..<min(first + chunk, known.upperBound)
      // Four rows and two sides at a time: each number that is read goes into two or four products.
      for i in stride(from: rows.lowerBound, to: rows.upperBound, by: 4) {
        func row(_ k: Int) -> UnsafePointer<S> { unsafe l + min(i + k, rows.upperBound - 1) * n }
        let (l0, l1, l2, l3) = unsafe (row(0), row(1), row(2), row(3))
        for c in stride(from: 0, to: m, by: 2) {
          let (x, y) = unsafe (z + c * n, z + min(c + 1, m - 1) * n)
          var (x0, x1, x2, x3) = (SIMD8<S>(), SIMD8<S>(), SIMD8<S>(), SIMD8<S>())
          var (y0, y1, y2, y3) = (x0, x1, x2, x3)
          for j in stride(from: columns.lowerBound, to: columns.upperBound, by: 8) {
            let (a, b) = unsafe (eight(x + j), eight(y + j))
            let (e0, e1) = unsafe (eight(l0 + j), eight(l1 + j))
            x0.addProduct(e0, a)
            y0.addProduct(e0, b)
            x1.addProduct(e1, a)
            y1.addProduct(e1, b)
            let (e2, e3) = unsafe (eight(l2 + j), eight(l3 + j))
            x2.addProduct(e2, a)
            y2.addProduct(e2, b)
            x3.addProduct(e3, a)
            y3.addProduct(e3, b)
          }
          func subtract(_ k: Int, _ forX: SIMD8<S>, _ forY: SIMD8<S>) {
            guard i + k < rows.upperBound else { return }
            unsafe x[i + k] -= forX.sum()
            if c + 1 < m { unsafe y[i + k] -= forY.sum() }
          }
          subtract(0, x0, y0)
          subtract(1, x1, y1)
          subtract(2, x2, y2)
          subtract(3, x3, y3)
        }
      }
    }
  }

  /// `z[c, j] −= Σ_{i in rows} L[i, j]·z[c, i]` for j in `unknown`.
  @inline(__always)
  @unsafe private static func subtractFromUnknown<S: BLASScalar>(
    _ l: UnsafePointer<S>, _ z: UnsafeMutablePointer<S>, unknown: Range<Int>, _ rows: Range<Int>,
    _ n: Int, _ m: Int
  ) {
    for first in stride(from: unknown.lowerBound, to: unknown.upperBound, by: chunk) {
      let width = min(chunk, unknown.upperBound - first)
      // Four rows of L at a time, so that z is read and written a quarter as often.
      for i in stride(from: rows.lowerBound, to: rows.upperBound, by: 4) {
        for c in 0..<m {
          let known = unsafe z + c * n
          let target = unsafe known + first
          func row(_ k: Int) -> (UnsafePointer<S>, S) {
            let row = min(i + k, rows.upperBound - 1)
            return unsafe (l + (row * n + first), i + k < rows.upperBound ? -known[row] : 0)
          }
          let ((l0, a0), (l1, a1)) = unsafe (row(0), row(1))
          let ((l2, a2), (l3, a3)) = unsafe (row(2), row(3))
          for j in 0..<width {
            unsafe target[j] = target[j].addingProduct(l0[j], a0).addingProduct(l1[j], a1)
              .addingProduct(l2[j], a2).addingProduct(l3[j], a3)
          }
        }
      }
    }
  }

  @inline(__always)
  @unsafe private static func eight<S: BLASScalar>(_ source: UnsafePointer<S>) -> SIMD8<S> {
    unsafe UnsafeRawPointer(source).loadUnaligned(as: SIMD8<S>.self)
  }
}
