internal import CProcessor

/// The functions behind the loops of `Elementwise+….swift`: branch-free and without traps, so that
/// the compiler turns the loops over them into vector code, on every target that it knows.
///
/// They are scalar on purpose: generic vector types are a hundred times slower in builds without
/// optimisation, and tests run in those.
extension Float {
  /// eˣ for -87.33 ≤ x ≤ 88.37; below, the result stays at the smallest normal number (1.2e-38);
  /// above, it is not meaningful. NaN stays NaN.
  ///
  /// x = n·ln 2 + r with |r| ≤ ln 2 / 2, and eʳ by a polynomial of degree 6 that was fitted by
  /// Remez exchange for the smallest relative error (3.1e-9). Measured relative error over all of
  /// the range: 1.2e-7.
  @inline(__always)
  var exponential: Float {
    let x = self < -87.336_54 ? -87.336_54 : self
    // Adding 1.5·2²³ rounds to an integer, which then stands in the low bits.
    let rounding: Float = 12_582_912
    let shifted = x.times(1.442_695_04, plus: rounding)
    let n = shifted - rounding
    let r = n.times(2.121_944_4e-4, plus: n.times(-0.693_359_375, plus: x))  // ln 2 in two parts
    var p = r.times(0.001_381_453_996_23, plus: 0.008_368_745_110_42)
    p = p.times(r, plus: 0.041_668_390_788_2)
    p = p.times(r, plus: 0.166_665_203_99)
    p = p.times(r, plus: 0.499_999_934_321)
    p = p.times(r * r, plus: r) + 1
    // 2ⁿ: the integer, moved into the exponent's place.
    return p * Float(bitPattern: shifted.bitPattern &<< 23 &+ 0x3f80_0000)
  }

  /// x·Φ(x), the exact GELU, Φ the normal distribution function.
  ///
  /// 2Φ(x) - 1 = erf(x/√2) is x·P(x²)/Q(x²) with P and Q of degree 5, fitted on |x| ≤ 5.4 by
  /// reweighted least squares until the error was even (1.3e-8 of erf), and ±1 outside.
  /// Measured error: 2.2e-7·max(|x|, 1e-3).
  @inline(__always)
  var gelu: Float {
    let above = self < -5.4 ? -5.4 : self
    let bounded = above > 5.4 ? 5.4 : above
    let t = bounded * bounded
    var p = t.times(4.699_827_885e-8, plus: 1.268_527_571e-5)
    p = p.times(t, plus: 3.249_407_849e-4)
    p = p.times(t, plus: 9.279_386_733e-3)
    p = p.times(t, plus: 6.639_178_145e-2)
    p = p.times(t, plus: 0.797_884_526_6)
    var q = t.times(1.218_564_739e-6, plus: 7.177_974_328e-5)
    q = q.times(t, plus: 1.848_600_886e-3)
    q = q.times(t, plus: 2.827_679_814e-2)
    q = q.times(t, plus: 0.249_876_048_2)
    q = q.times(t, plus: 1)
    let erf = self < -5.4 ? -1 : bounded * p / q
    return self * 0.5 * ((self > 5.4 ? 1 : erf) + 1)
  }

  /// `self·factor + addend`, rounded once where the build has it.
  @inline(__always)
  private func times(_ factor: Float, plus addend: Float) -> Float {
    hasFusedMultiplyAdd ? addend.addingProduct(self, factor) : self * factor + addend
  }
}

/// Whether this build has fused multiply-adds, and is not to call a function for each.
var hasFusedMultiplyAdd: Bool { FUSED_MULTIPLY_ADD == 1 }

/// Eight numbers at a time, for sums and maxima, whose order the compiler may not change by itself:
/// one AVX register, two of SSE or NEON.
typealias Lanes = SIMD8<Float>

extension SIMD8<Float> {
  /// The larger of two numbers lane by lane; this one where the other is NaN.
  @inline(__always)
  func larger(_ other: Lanes) -> Lanes { self.replacing(with: other, where: self .< other) }

  /// The sum of the lanes.
  @inline(__always)
  var total: Float {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}

/// Reads eight numbers, which need not be aligned.
@inline(__always)
func lanes(_ source: UnsafePointer<Float>, _ index: Int) -> Lanes {
  unsafe UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self)
}
