import LinearAlgebra

/// Ways from frames to one vector a clip.
public enum Pooling {
  /// The name of `mean` in an encoder's identity.
  public static let meanName = "mean"

  /// The mean over all frames: `[T, d]` → d numbers, summed in double precision.
  /// - Precondition: at least one frame.
  public static func mean(frames: Matrix<Float>) -> [Float] {
    precondition(frames.rows > 0, "no frames to pool: \(frames.shape)")
    let width = frames.columns
    var sums = [Double](repeating: 0, count: width)
    unsafe frames.withUnsafeElements { elements in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        for row in 0..<frames.rows {
          for j in 0..<width { unsafe sums[j] += Double(elements[row * width + j]) }
        }
      }
    }
    return sums.map { Float($0 / Double(frames.rows)) }
  }
}
