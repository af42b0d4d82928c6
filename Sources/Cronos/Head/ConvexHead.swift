import LinearAlgebra

/// The trained two-layer ReLU network: `logits(x)_k = relu(x·θ₁ₖ)·θ₂ₖ`, class = argmax.
public struct ConvexHead: Sendable, Equatable {
  /// θ₁ of all classes, `[d, C·2P]`: column k·2P + j is unit j of class k.
  public let hiddenWeights: Matrix<Float>
  /// θ₂, `[C, 2P]`.
  public let outputWeights: Matrix<Float>

  /// - Precondition: the shapes agree.
  public init(hiddenWeights: Matrix<Float>, outputWeights: Matrix<Float>) {
    precondition(
      hiddenWeights.columns == outputWeights.count,
      "theta1 \(hiddenWeights.shape), theta2 \(outputWeights.shape)")
    (self.hiddenWeights, self.outputWeights) = (hiddenWeights, outputWeights)
  }

  /// The network of a solution v of the convex program (solver.md §1): unit j of a class is
  /// `v_j/√‖v_j‖` with output weight `+√‖v_j‖`, then `w_j/√‖w_j‖` with `−√‖w_j‖`; columns that are
  /// zero stay zero.
  /// - Parameter v: halves `[d, C·P]`.
  public init<S: BLASScalar>(weights v: BlockPair<S>, classes: Int) {
    let (d, p) = (v.v.rows, v.v.columns / classes)
    let halves = [(v.v, v.v.columnNorms(), 1.0), (v.w, v.w.columnNorms(), -1.0)]
    var hidden = Matrix<Float>(rows: d, columns: classes * 2 * p)
    var output = Matrix<Float>(rows: classes, columns: 2 * p)
    unsafe hidden.withUnsafeMutableElements { target in
      for (half, (matrix, norms, sign)) in halves.enumerated() {
        for c in 0..<classes {
          for k in 0..<p where norms[c * p + k] > 0 {
            output[c, half * p + k] = Float(sign * norms[c * p + k].squareRoot())
          }
        }
        unsafe matrix.withUnsafeElements { source in
          for a in 0..<d {
            for c in 0..<classes {
              for k in 0..<p where norms[c * p + k] > 0 {
                let x = unsafe Double(source[(a * classes + c) * p + k])
                unsafe target[(a * classes + c) * 2 * p + half * p + k] = Float(
                  x / norms[c * p + k].squareRoot())
              }
            }
          }
        }
      }
    }
    self.init(hiddenWeights: hidden, outputWeights: output)
  }

  public var dimension: Int { hiddenWeights.rows }
  public var classes: Int { outputWeights.rows }
  /// 2P.
  public var units: Int { outputWeights.columns }

  /// Logits of the rows of `embeddings` `[n, d]`: `[n, C]`.
  public func logits(_ embeddings: Matrix<Float>) -> Matrix<Float> {
    precondition(
      embeddings.columns == dimension, "embeddings \(embeddings.shape), head of width \(dimension)")
    let hidden = multiply(embeddings, hiddenWeights)
    let (classes, units) = (classes, units)
    var logits = Matrix<Float>(rows: embeddings.rows, columns: classes)
    unsafe hidden.withUnsafeElements { h in
      unsafe outputWeights.withUnsafeElements { theta in
        unsafe logits.withUnsafeMutableElements { out in
          for row in 0..<embeddings.rows {
            for c in 0..<classes {
              var sum = SIMD2<Double>.zero  // positive and negative units nearly cancel
              for j in 0..<units {
                let value = unsafe Double(max(h[(row * classes + c) * units + j], 0))
                unsafe sum[j & 1] += value * Double(theta[c * units + j])
              }
              unsafe out[row * classes + c] = Float(sum[0] + sum[1])
            }
          }
        }
      }
    }
    return logits
  }

  /// Share of units whose weights are all zero.
  public var zeroShare: Double {
    let zeros = outputWeights.elements.count { $0 == 0 }
    return Double(zeros) / Double(max(outputWeights.count, 1))
  }

  /// B = Σ over all units of |θ₂|·‖θ₁‖ = Σ ‖v_j‖ + ‖w_j‖: the logits are B-Lipschitz in the embedding,
  /// and a prediction with margin m cannot change for ‖δ‖₂ < m/(2B) (CLD §4; solver.md §5).
  public var lipschitzBound: Double {
    let norms = hiddenWeights.columnNorms()
    return zip(norms, outputWeights.elements).reduce(0) { $0 + $1.0 * Double(abs($1.1)) }
  }
}
