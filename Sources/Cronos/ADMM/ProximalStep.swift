import LinearAlgebra

extension Matrix {
  /// The sums of squares of the columns, `[columns]`, in float64.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func squaredColumnSums() -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    let (rows, columns) = (rows, columns)
    unsafe withUnsafeElements { e in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        // Each thread has its own columns, so that rounding does not depend on their number.
        nonisolated(unsafe) let (e, sums) = unsafe (e, sums)
        Threads.concurrentRanges(count: columns, minimum: max(16, 65_536 / max(rows, 1))) { part in
          for i in 0..<rows {
            for j in part {
              let x = unsafe Double(e[i * columns + j])
              unsafe sums[j] += x * x
            }
          }
        }
      }
    }
    return sums
  }

  /// The norms of the columns, `[columns]`.
  func columnNorms() -> [Double] { squaredColumnSums().map { $0.squareRoot() } }
}

/// The updates of v and λ in one iteration of `ADMM`, with û = αu + (1 − α)v of the v before:
///
///     v ← (1 − τ/max(τ, ‖a‖))·a for each column a of û + λ,   λ ← λ + γ(û − v)
///
/// The first is the proximal step of τ‖·‖₂ (Parikh & Boyd 2014, §6.5.1).
struct ProximalStep<S: BLASScalar> {
  let shrinkage: Double
  let relaxation, gamma: S

  /// ‖u − v‖², ‖v − v_previous‖², ‖u‖² and ‖v‖², and the largest ‖a‖.
  struct Sums {
    let primal, change, u, v, largest: Double
  }

  /// All matrices `[d, 2·C·P]`; what `target` holds afterwards is û + λ of the start.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func update(
    u: Matrix<S>, v: inout Matrix<S>, dual: inout Matrix<S>, target: inout Matrix<S>
  ) -> Sums {
    precondition(
      u.shape == v.shape && u.shape == dual.shape && u.shape == target.shape,
      "u \(u.shape), v \(v.shape), λ \(dual.shape), target \(target.shape)")
    let (rows, columns, minimum) = (u.rows, u.columns, max(1, 65_536 / max(u.columns, 1)))
    let (alpha, gamma) = (relaxation, gamma)
    return unsafe u.withUnsafeElements { u in
      unsafe v.withUnsafeMutableElements { v in
        unsafe dual.withUnsafeMutableElements { dual in
          // Each thread writes its own rows.
          nonisolated(unsafe) let (u, v, dual) = unsafe (u, v, dual)
          unsafe target.withUnsafeMutableElements { target in
            nonisolated(unsafe) let target = unsafe target
            Threads.concurrentRanges(count: rows, minimum: minimum) { part in
              for i in (part.lowerBound * columns)..<(part.upperBound * columns) {
                unsafe target[i] = alpha * u[i] + (1 - alpha) * v[i] + dual[i]
              }
            }
          }
          let norms = target.columnNorms()
          let factors = norms.map { S($0 > shrinkage ? 1 - shrinkage / $0 : 0) }
          let sums = unsafe target.withUnsafeElements { target in
            nonisolated(unsafe) let target = unsafe target
            return Threads.concurrentSum(count: rows, minimum: minimum) { part in
              unsafe factors.withUnsafeBufferPointer { factors in
                var sums = SIMD4<Double>.zero
                guard let u = unsafe u.baseAddress, let v = unsafe v.baseAddress,
                  let dual = unsafe dual.baseAddress, let target = unsafe target.baseAddress,
                  let factors = factors.baseAddress
                else { return sums }
                for i in part {
                  var (primal, change) = (SIMD16<S>.zero, SIMD16<S>.zero)
                  var (uSquares, vSquares) = (SIMD16<S>.zero, SIMD16<S>.zero)
                  for j in stride(from: 0, to: columns, by: 16) {
                    let (at, count) = (i * columns + j, columns - j)
                    let new = unsafe SIMD16(u + at, count: count)
                    let before = unsafe SIMD16(UnsafePointer(v + at), count: count)
                    let next =
                      unsafe SIMD16(factors + j, count: count) * SIMD16(target + at, count: count)
                    let relaxed = alpha * new + (1 - alpha) * before
                    let lambda = unsafe SIMD16(UnsafePointer(dual + at), count: count)
                    unsafe (lambda + gamma * (relaxed - next)).store(dual + at, count: count)
                    unsafe next.store(v + at, count: count)
                    primal.addProduct(new - next, new - next)
                    change.addProduct(next - before, next - before)
                    uSquares.addProduct(new, new)
                    vSquares.addProduct(next, next)
                  }
                  sums += SIMD4(
                    Double(primal.sum()), Double(change.sum()), Double(uSquares.sum()),
                    Double(vSquares.sum()))
                }
                return sums
              }
            }
          }
          return Sums(
            primal: sums[0], change: sums[1], u: sums[2], v: sums[3], largest: norms.max() ?? 0)
        }
      }
    }
  }
}
