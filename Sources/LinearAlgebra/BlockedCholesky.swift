/// The Cholesky factorisation of a large matrix from its first diagonal block on: factor the block, apply
/// its inverse to the rows below, subtract their product from what is left.
///
/// LAPACK's own solves with each diagonal block, at a third of a product's rate; a product with the block's
/// inverse, of no higher order of error for blocks this small, makes the whole a tenth faster.
enum BlockedCholesky {
  /// Below it LAPACK's routine is as fast.
  static var minimumOrder: Int { 2048 }
  /// The depth to which OpenBLAS packs a product: deeper blocks gain nothing.
  private static var block: Int { 384 }

  /// Overwrites the lower triangle of `a` `[n, n]` with its factor.
  /// - Returns: what potrf returns: 0, the order of the leading minor that is not positive, or below 0.
  @unsafe static func factor<S: BLASScalar>(_ a: UnsafeMutablePointer<S>, order n: Int) -> Int {
    var inverse = [S](repeating: 0, count: block * block)
    return unsafe inverse.withUnsafeMutableBufferPointer { inverse in
      guard let inverse = inverse.baseAddress else { return -1010 }  // as LAPACKE: no memory
      for start in stride(from: 0, to: n, by: block) {
        let (width, below) = (min(block, n - start), max(n - start - block, 0))
        let diagonal = unsafe a + (start * n + start)
        let info = unsafe S._potrf(width, diagonal, n)
        guard info == 0 else { return info > 0 ? info + start : info }
        guard below > 0 else { break }
        for i in 0..<width {
          unsafe (inverse + i * width).update(from: diagonal + i * n, count: i + 1)
        }
        let singular = unsafe S._trtri(width, inverse, width)
        guard singular == 0 else { return singular > 0 ? singular + start : singular }
        let panel = unsafe diagonal + width * n
        unsafe S._trmmRightTransposed(below, width, inverse, width, panel, n)
        unsafe S._syrk(false, below, width, -1, panel, n, 1, panel + width, n)
      }
      return 0
    }
  }
}
