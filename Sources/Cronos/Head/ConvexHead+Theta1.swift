import LinearAlgebra

/// θ₁ as files have it: `(C, d, U)`, a matrix a class, where `hiddenWeights` is `[d, C·U]`.
extension ConvexHead {
  /// θ₁, row-major `(C, d, U)`.
  public var theta1: [Float] {
    let hidden = hiddenWeights.elements
    var theta1 = [Float](repeating: 0, count: hidden.count)
    for c in 0..<classes {
      for a in 0..<dimension {
        for j in 0..<units {
          theta1[(c * dimension + a) * units + j] = hidden[(a * classes + c) * units + j]
        }
      }
    }
    return theta1
  }

  /// The matrix `[d, C·U]` of a θ₁ in row-major `(C, d, U)`.
  /// - Precondition: the sides' product is the number of elements.
  public static func hiddenWeights(
    theta1: [Float], classes: Int, dimension: Int, units: Int
  ) -> Matrix<Float> {
    precondition(
      theta1.count == classes * dimension * units,
      "theta1 of \(theta1.count) elements for (\(classes), \(dimension), \(units))")
    return Matrix(rows: dimension, columns: classes * units) { a, column in
      theta1[(column / units * dimension + a) * units + column % units]
    }
  }
}
