/// Sixteen numbers at a time, which need not be aligned: for loops with sums, whose order the compiler may
/// not change by itself, so that they go through vector registers.
extension SIMD16 where Scalar: BLASScalar {
  /// Reads the first `count` lanes, the others are 0.
  @inlinable @inline(__always)
  @unsafe public init(_ source: UnsafePointer<Scalar>, count: Int = 16) {
    if count >= 16 {
      self = unsafe UnsafeRawPointer(source).loadUnaligned(as: SIMD16<Scalar>.self)
    } else {
      self.init(repeating: 0)
      for lane in 0..<count { unsafe self[lane] = source[lane] }
    }
  }

  /// Writes the first `count` lanes.
  @inlinable @inline(__always)
  @unsafe public func store(_ target: UnsafeMutablePointer<Scalar>, count: Int = 16) {
    if count >= 16 {
      unsafe UnsafeMutableRawPointer(target).storeBytes(of: self, as: SIMD16<Scalar>.self)
    } else {
      for lane in 0..<count { unsafe target[lane] = self[lane] }
    }
  }

  /// max(x, 0) lane by lane.
  @inlinable @inline(__always)
  public var positivePart: SIMD16 { Scalar._positivePart(self) }
}

// With a generic scalar, comparisons of vectors stay loops over their lanes.
extension Float {
  @inlinable @inline(__always)
  public static func _positivePart(_ x: SIMD16<Float>) -> SIMD16<Float> {
    x.replacing(with: 0, where: x .< 0)
  }
}

extension Double {
  @inlinable @inline(__always)
  public static func _positivePart(_ x: SIMD16<Double>) -> SIMD16<Double> {
    x.replacing(with: 0, where: x .< 0)
  }
}
