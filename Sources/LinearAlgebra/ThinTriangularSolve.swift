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
  /// Columns of L at a time: as many numbers of each right-hand side stay in the first cache.
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

  /// `z[c, i] −= Σ_{j in known} L[i, j]·z[c, j]` for i in `rows`.
  @inline(__always)
  @unsafe private static func subtractKnown<S: BLASScalar>(
    _ l: UnsafePointer<S>, _ z: UnsafeMutablePointer<S>, known: Range<Int>, _ rows: Range<Int>,
    _ n: Int, _ m: Int
  ) {
    for first in stride(from: known.lowerBound, to: known.upperBound, by: chunk) {
      let width = min(chunk, known.upperBound - first)
      for i in rows {
        for c in 0..<m {
          unsafe z[c * n + i] -= dot(l + (i * n + first), z + (c * n + first), width)
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

  /// - Precondition: `count` is a multiple of 32, as all blocks and chunks are.
  @inline(__always)
  @unsafe private static func dot<S: BLASScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ count: Int
  ) -> S {
    assert(count.isMultiple(of: 32), "\(count) products")
    // Partial sums that go through vector registers, in two chains.
    var (even, odd) = (SIMD16<S>.zero, SIMD16<S>.zero)
    for k in stride(from: 0, to: count, by: 32) {
      unsafe even.addProduct(SIMD16(x + k), SIMD16(y + k))
      unsafe odd.addProduct(SIMD16(x + (k + 16)), SIMD16(y + (k + 16)))
    }
    return (even + odd).sum()
  }
}
