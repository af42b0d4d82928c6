import LinearAlgebra

/// The trained two-layer network: `logits(x)_k = relu(x·θ₁ₖ)·θ₂ₖ`, class = argmax. A gated network
/// has `1[x·g ≥ 0]·(x·θ₁ₖ)` in place of the ReLU, with a gate g for each unit.
public struct ConvexHead: Sendable, Equatable {
  /// θ₁ of all classes, `[d, C·U]`: column k·U + j is unit j of class k.
  public let hiddenWeights: Matrix<Float>
  /// θ₂, `[C, U]`.
  public let outputWeights: Matrix<Float>
  /// The gates g of a gated network, `[d, U]`; nil: ReLU.
  public let gates: Matrix<Float>?

  /// - Precondition: the shapes agree.
  public init(
    hiddenWeights: Matrix<Float>, outputWeights: Matrix<Float>, gates: Matrix<Float>? = nil
  ) {
    precondition(
      hiddenWeights.columns == outputWeights.count
        && [nil, [hiddenWeights.rows, outputWeights.columns]].contains(gates?.shape),
      "theta1 \(hiddenWeights.shape), theta2 \(outputWeights.shape), gates \(gates?.shape ?? [])")
    (self.hiddenWeights, self.outputWeights) = (hiddenWeights, outputWeights)
    self.gates = gates
  }

  /// The network of a solution v of the convex program (docs/solver.md §1): unit j of a class is
  /// `v_j/√‖v_j‖` with output weight `+√‖v_j‖`, then `w_j/√‖w_j‖` with `−√‖w_j‖`; columns that are
  /// zero stay zero. With gates, unit j is `u_j/√‖u_j‖` with `√‖u_j‖`, u = v − w.
  /// - Parameters:
  ///   - v: halves `[d, C·P]`.
  ///   - classes: C.
  ///   - gates: `[d, P]`, for the program without cones.
  public init<S: BLASScalar>(
    weights v: BlockPair<S>, classes: Int, gates: Matrix<Float>? = nil
  ) {
    precondition(
      classes > 0 && v.columns.isMultiple(of: classes), "v \(v.both.shape), \(classes) classes")
    let halves: [(Matrix<S>, Double)] =
      gates == nil ? [(v.v, 1.0), (v.w, -1.0)] : [(v.difference(), 1)]
    let (d, p, units) = (v.rows, v.columns / classes, halves.count * v.columns / classes)
    var hidden = Matrix<Float>(rows: d, columns: classes * units)
    var output = Matrix<Float>(rows: classes, columns: units)
    unsafe hidden.withUnsafeMutableElements { target in
      for (half, (matrix, sign)) in halves.enumerated() {
        let norms = matrix.columnNorms()
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
                unsafe target[(a * classes + c) * units + half * p + k] = Float(
                  x / norms[c * p + k].squareRoot())
              }
            }
          }
        }
      }
    }
    self.init(hiddenWeights: hidden, outputWeights: output, gates: gates)
  }

  public var dimension: Int { hiddenWeights.rows }
  public var classes: Int { outputWeights.rows }
  /// U, the units of a class: 2P, or P with gates.
  public var units: Int { outputWeights.columns }

  /// Logits of the rows of `embeddings` `[n, d]`: `[n, C]`.
  public func logits(_ embeddings: Matrix<Float>) -> Matrix<Float> {
    precondition(
      embeddings.columns == dimension, "embeddings \(embeddings.shape), head of width \(dimension)")
    let (classes, units) = (classes, units)
    var hidden = products(embeddings)
    if let gates {
      let open = ActivationPatterns(hyperplanes: gates, features: embeddings).active
      PatternKernels.mask(&hidden, active: open)
    } else {
      hidden.apply { max($0, 0) }
    }
    var logits = Matrix<Float>(rows: embeddings.rows, columns: classes)
    unsafe hidden.withUnsafeElements { h in
      unsafe outputWeights.withUnsafeElements { theta in
        unsafe logits.withUnsafeMutableElements { out in
          for row in 0..<embeddings.rows {
            for c in 0..<classes {
              var sum = SIMD2<Double>.zero  // positive and negative units nearly cancel
              for j in 0..<units {
                let value = unsafe Double(h[(row * classes + c) * units + j])
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

  /// `embeddings`·θ₁. One row is a product of a matrix and a vector, which reads θ₁ once and copies
  /// nothing; a product of matrices would first copy θ₁ into blocks, for a single use of each.
  private func products(_ embeddings: Matrix<Float>) -> Matrix<Float> {
    guard embeddings.rows == 1 else { return multiply(embeddings, hiddenWeights) }
    return Matrix(
      rows: 1, columns: hiddenWeights.columns,
      multiply(hiddenWeights, embeddings.elements, transposeA: true))
  }

  /// Share of units whose weights are all zero.
  public var zeroShare: Double {
    let zeros = outputWeights.elements.count { $0 == 0 }
    return Double(zeros) / Double(max(outputWeights.count, 1))
  }

  /// B_k of each class: the sum over its units of |θ₂|·‖θ₁‖ = ‖v_j‖ + ‖w_j‖. Logit k is
  /// B_k-Lipschitz in the embedding, f_y − f_k is (B_y + B_k)-Lipschitz (CLD, §4).
  /// nil with gates: such a network jumps where a gate opens, and nothing is certified of it.
  public var lipschitzBounds: [Double]? {
    guard gates == nil else { return nil }
    let norms = hiddenWeights.columnNorms()
    return (0..<classes).map { c in
      (0..<units).reduce(0) { sum, j in
        sum + norms[c * units + j] * Double(abs(outputWeights[c, j]))
      }
    }
  }

  /// B, the sum of `lipschitzBounds`: a prediction with margin m cannot change for ‖δ‖₂ < m/(2B).
  public var lipschitzBound: Double? { lipschitzBounds?.reduce(0, +) }
}
