import LinearAlgebra

/// The cone half of the splitting, `s = Gu ≥ 0` with scaled dual ν, for one half (v or w).
///
/// For γ = 1 only t = Gu + ν is kept: s = max(t, 0), ν = min(t, 0) (solver.md §3.7).
struct ConeState<S: BLASScalar> {
  /// t = Gu + ν of the last update, `[n, C·P]`.
  private var t: Matrix<S>
  /// ν where γ ≠ 1.
  private var dual: Matrix<S>?
  private var gamma: S
  private let relaxation: S

  init(samples: Int, columns: Int, gammaRatio: Double, relaxation: Double) {
    t = Matrix(rows: samples, columns: columns)
    (gamma, self.relaxation) = (S(gammaRatio), S(relaxation))
    dual = gammaRatio == 1 ? nil : Matrix(rows: samples, columns: columns)
  }

  /// The state after the first update as another γ has it: t is the same, as ν was zero.
  mutating func restart(gammaRatio: Double) {
    gamma = S(gammaRatio)
    dual = nil
    guard gammaRatio != 1 else { return }
    let gamma = gamma
    var first = t
    first.apply { gamma * min($0, 0) }
    dual = first
  }

  /// Squared norms that a check needs.
  struct Sums {
    /// ‖Gu − s‖², ‖Gu‖², ‖s‖².
    var residual, image, slack: Double
  }

  /// One update from `product = X·u` `[n, C·P]`: with ĝ = αGu + (1 − α)s,
  /// `t = ĝ + ν`, `s = max(t, 0)`, `ν ← ν + γ(ĝ − s)`.
  mutating func update(product: Matrix<S>, active: Matrix<S>) -> Sums {
    let (n, p) = (active.rows, active.columns)
    let classes = product.columns / p
    precondition(product.shape == t.shape, "product \(product.shape), t \(t.shape)")
    let (gamma, alpha) = (gamma, relaxation)
    func sums(_ dual: UnsafeMutablePointer<S>?) -> SIMD4<Double> {
      unsafe t.withUnsafeMutableElements { tElements in
        unsafe product.withUnsafeElements { xElements in
          unsafe active.withUnsafeElements { dElements in
            // Ranges of rows are disjoint.
            nonisolated(unsafe) let (t, x, d, dual) = unsafe (tElements, xElements, dElements, dual)
            return Threads.concurrentSum(count: n, minimum: 256) { rows in
              var total = SIMD4<Double>.zero
              for i in rows {
                var (residual, image, slack) = (S(0), S(0), S(0))
                for c in 0..<classes {
                  let at = (i * classes + c) * p
                  for k in 0..<p {
                    let g = unsafe (2 * d[i * p + k] - 1) * x[at + k]
                    let before = unsafe t[at + k]
                    let nu = unsafe dual.map { unsafe $0[at + k] } ?? min(before, 0)
                    let relaxed = alpha * g + (1 - alpha) * max(before, 0)
                    let next = relaxed + nu
                    let s = max(next, 0)
                    unsafe t[at + k] = next
                    unsafe dual?[at + k] = nu + gamma * (relaxed - s)
                    residual += (g - s) * (g - s)
                    image += g * g
                    slack += s * s
                  }
                }
                total += SIMD4(Double(residual), Double(image), Double(slack), 0)
              }
              return total
            }
          }
        }
      }
    }
    let total: SIMD4<Double>
    if var dual {
      self.dual = nil
      total = unsafe dual.withUnsafeMutableElements { unsafe sums($0.baseAddress) }
      self.dual = dual
    } else {
      total = sums(nil)
    }
    return Sums(residual: total[0], image: total[1], slack: total[2])
  }

  /// `out ← E∘(s − ν)`, what the right-hand side needs.
  func signedDifference(active: Matrix<S>, into out: inout Matrix<S>) {
    if let dual {
      var difference = t
      difference.combine(dual) { t, nu in max(t, 0) - nu }
      PatternKernels.sign(difference, active: active, into: &out)
    } else {
      PatternKernels.map(t, active: active, into: &out) { t, d in (2 * d - 1) * abs(t) }
    }
  }

  /// `out ← scale·E∘ν`; ν is clipped to ≤ 0, which it is by itself for γ = 1.
  func signedDual(scale: S, active: Matrix<S>, into out: inout Matrix<S>) {
    PatternKernels.map(dual ?? t, active: active, into: &out) { nu, d in
      scale * (2 * d - 1) * min(nu, 0)
    }
  }
}
