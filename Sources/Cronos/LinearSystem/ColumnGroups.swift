import LinearAlgebra

/// Inner products and steps of conjugate gradients on several systems side by side: columns in groups of
/// `width`, one group after the other, each with its own step length.
extension Matrix {
  /// `Σ aᵢⱼ·bᵢⱼ` over each group.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func groupDots(_ b: Matrix, width: Int) -> [Double] {
    precondition(shape == b.shape && columns % width == 0, "\(shape), \(b.shape) by \(width)")
    let groups = columns / width
    var sums = [Double](repeating: 0, count: groups)
    unsafe withUnsafeElements { a in
      unsafe b.withUnsafeElements { b in
        for row in 0..<rows {
          for group in 0..<groups {
            var lanes = SIMD8<Scalar>.zero
            let at = (row * groups + group) * width
            for k in 0..<width { unsafe lanes[k & 7] += a[at + k] * b[at + k] }
            sums[group] += Double(lanes.sum())
          }
        }
      }
    }
    return sums
  }

  /// `a ← a + scale·x` with each group's own scale.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func addGroups(_ scales: [Double], _ x: Matrix, width: Int) {
    precondition(
      shape == x.shape && columns == scales.count * width,
      "\(shape) and \(x.shape), \(scales.count) scales by \(width)")
    let scales = scales.map { Scalar($0) }
    unsafe x.withUnsafeElements { x in
      unsafe withUnsafeMutableElements { a in
        for at in stride(from: 0, to: x.count, by: width) {
          let scale = scales[at / width % scales.count]
          for k in at..<(at + width) { unsafe a[k] += scale * x[k] }
        }
      }
    }
  }
}
