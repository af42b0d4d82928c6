import LinearAlgebra

/// The cone half of the splitting, `s = Gu ≥ 0` with scaled dual ν.
///
/// Where ν = γ·min(t, 0) only t = ĝ + ν is kept, with s = max(t, 0): always for γ = 1, and otherwise up to
/// the first update, before which ν is zero.
struct ConeState<S: BLASScalar> {
  /// t = ĝ + ν of the last update, `[n, 2·C·P]`: v's columns, then w's.
  private(set) var t: Matrix<S>
  /// ν where it is not γ·min(t, 0).
  private(set) var dual: Matrix<S>?
  private var isUpdated = false
  private var gamma: S
  private let relaxation: S

  /// - Parameter columns: of both halves.
  init(samples: Int, columns: Int, gammaRatio: Double, relaxation: Double) {
    t = Matrix(rows: samples, columns: columns)
    (gamma, self.relaxation) = (S(gammaRatio), S(relaxation))
  }

  /// The state after the first update as another γ has it: t is the same, as ν was zero.
  mutating func restart(gammaRatio: Double) {
    precondition(dual == nil, "ν of several updates")
    gamma = S(gammaRatio)
  }

  /// Takes the state of another process after an update, of the same shapes.
  mutating func restore(_ t: Matrix<S>, dual: Matrix<S>?) {
    let shapes = [t.shape, dual?.shape ?? t.shape]
    precondition(shapes.allSatisfy { $0 == self.t.shape }, "t, ν \(shapes), need \(self.t.shape)")
    (self.t, self.dual, isUpdated) = (t, dual, true)
  }

  /// Takes memory of its own where another state shares it, as a write would, but with all threads.
  mutating func detach() { t = t.mapped { $0 } }

  /// Squared norms that a check needs.
  struct Sums {
    /// ‖Gu − s‖², ‖Gu‖², ‖s‖².
    var residual, image, slack: Double
  }

  /// One update from `product = X·u` `[n, 2·C·P]`: with ĝ = αGu + (1 − α)s,
  /// `t = ĝ + ν`, `s = max(t, 0)`, `ν ← ν + γ(ĝ − s)`.
  mutating func update(product: Matrix<S>, active: Matrix<S>) -> Sums {
    precondition(product.shape == t.shape, "product \(product.shape), t \(t.shape)")
    let (n, p) = (active.rows, active.columns)
    let classes = product.columns / max(p, 1)
    let (gamma, alpha) = (gamma, relaxation)
    func update(_ dual: UnsafeMutablePointer<S>?) -> SIMD4<Double> {
      unsafe t.withUnsafeMutableElements { tElements in
        unsafe product.withUnsafeElements { xElements in
          unsafe active.withUnsafeElements { dElements in
            guard let t0 = tElements.baseAddress, let x0 = xElements.baseAddress,
              let d0 = dElements.baseAddress
            else { return .zero }
            // Ranges of rows are disjoint.
            nonisolated(unsafe) let (t, x, d, dual) = unsafe (t0, x0, d0, dual)
            return Threads.concurrentSum(count: n, minimum: 256) { rows in
              var total = SIMD4<Double>.zero
              for i in rows {
                for c in 0..<classes {
                  let at = (i * classes + c) * p
                  total += unsafe Self.update(
                    t + at, dual.map { unsafe $0 + at }, product: x + at, active: d + i * p,
                    count: p, gamma, alpha)
                }
              }
              return total
            }
          }
        }
      }
    }
    if isUpdated, gamma != 1, dual == nil { dual = t.mapped { gamma * min($0, 0) } }
    isUpdated = true
    let total: SIMD4<Double>
    if var dual {
      self.dual = nil
      total = unsafe dual.withUnsafeMutableElements { unsafe update($0.baseAddress) }
      self.dual = dual
    } else {
      total = update(nil)
    }
    return Sums(residual: total[0], image: total[1], slack: total[2])
  }

  /// The update of one sample and class; (‖Gu − s‖², ‖Gu‖², ‖s‖², 0).
  @inline(__always)
  @unsafe private static func update(
    _ t: UnsafeMutablePointer<S>, _ dual: UnsafeMutablePointer<S>?, product x: UnsafePointer<S>,
    active d: UnsafePointer<S>, count p: Int, _ gamma: S, _ alpha: S
  ) -> SIMD4<Double> {
    var (residual, image, slack) = (SIMD16<S>.zero, SIMD16<S>.zero, SIMD16<S>.zero)
    for k in stride(from: 0, to: p, by: 16) {
      let count = p - k
      let g = unsafe (2 * SIMD16(d + k, count: count) - 1) * SIMD16(x + k, count: count)
      let before = unsafe SIMD16(UnsafePointer(t + k), count: count)
      let opened = before.positivePart
      let nu =
        unsafe dual.map { unsafe SIMD16(UnsafePointer($0 + k), count: count) } ?? before - opened
      let relaxed = alpha * g + (1 - alpha) * opened
      let next = relaxed + nu
      let s = next.positivePart
      unsafe next.store(t + k, count: count)
      if let dual = unsafe dual {
        unsafe (nu + gamma * (relaxed - s)).store(dual + k, count: count)
      }
      residual.addProduct(g - s, g - s)
      image.addProduct(g, g)
      slack.addProduct(s, s)
    }
    return SIMD4(Double(residual.sum()), Double(image.sum()), Double(slack.sum()), 0)
  }

  /// `out ← E∘(s − ν) − imageScale·image ± scale·D∘z`, + for v and − for w, z `[n, C]`: what the right-hand
  /// side of the u-system has before Xᵀ.
  func spread(
    _ z: Matrix<S>, scale: S, image: Matrix<S>, imageScale: S, active: Matrix<S>,
    into out: inout Matrix<S>
  ) {
    let (p, classes) = (active.columns, z.columns)
    precondition(
      image.shape == t.shape && z.rows == t.rows, "image \(image.shape), z \(z.shape), t \(t.shape)"
    )
    let nu = dual ?? t
    let isClipped = dual == nil
    let gamma = gamma
    unsafe image.withUnsafeElements { imageElements in
      unsafe z.withUnsafeElements { zElements in
        unsafe nu.withUnsafeElements { nuElements in
          // Only `out` is written, each row by one thread.
          nonisolated(unsafe) let (image, z, nu) = unsafe (imageElements, zElements, nuElements)
          unsafe PatternKernels.rows(of: &out, with: active, and: t) { out, d, t, rows in
            for i in rows {
              for c in 0..<(2 * classes) {
                let at = (2 * i * classes + c) * p
                let fit = unsafe z[i * classes + c % classes]
                let value = c < classes ? scale * fit : -scale * fit
                if isClipped {
                  for k in 0..<p {
                    let open = unsafe d[i * p + k]
                    let slackLessDual = unsafe max(t[at + k], 0) - gamma * min(t[at + k], 0)
                    unsafe out[at + k] =
                      (2 * open - 1) * slackLessDual - imageScale * image[at + k] + open * value
                  }
                } else {
                  for k in 0..<p {
                    let open = unsafe d[i * p + k]
                    unsafe out[at + k] =
                      (2 * open - 1) * (max(t[at + k], 0) - nu[at + k])
                      - imageScale * image[at + k] + open * value
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// `scale·E∘ν`, `[n, 2·C·P]`; ν is clipped to ≤ 0, which it is by itself for γ = 1.
  func signedDual(scale: S, active: Matrix<S>) -> Matrix<S> {
    let scale = dual == nil ? gamma * scale : scale
    var signed = unsafe Matrix<S>(rows: t.rows, columns: t.columns, unwritten: ())
    PatternKernels.map(dual ?? t, active: active, into: &signed) { nu, d in
      scale * (2 * d - 1) * min(nu, 0)
    }
    return signed
  }
}
