import LinearAlgebra

/// Preconditioned conjugate gradients (Golub & Van Loan, §11.5) on systems side by side: columns in groups of
/// `width`, each with its own step length and end. From zero.
struct ConjugateGradients<S: BLASScalar> {
  /// `out ← operator·x`, both of the right-hand side's shape.
  typealias Operator = (_ x: Matrix<S>, _ out: inout Matrix<S>) -> Void

  let width: Int
  let maximumSteps: Int
  let communicator: any RowCommunicator
  let scratch: ScratchMemory<S>

  /// Replaces b by the solution.
  /// - Parameter limits: the norm of each group's residual at which it has arrived; nil: all steps are
  ///   taken, but from a residual that is exactly zero.
  func solve(
    _ b: inout Matrix<S>, applying system: Operator, preconditioning precondition: Operator,
    limits: [Double]? = nil
  ) -> LinearSolveReport {
    let (rows, columns) = (b.rows, b.columns)
    var x = scratch.take(rows: rows, columns: columns)
    var residual = scratch.take(rows: rows, columns: columns)
    var z = scratch.take(rows: rows, columns: columns)
    var direction = scratch.take(rows: rows, columns: columns)
    var image = scratch.take(rows: rows, columns: columns)
    defer { scratch.give(x, residual, z, direction, image) }

    let scales = norms(b)
    var norms = scales
    func isOpen(_ group: Int) -> Bool { norms[group] > limits?[group] ?? 0 }
    let groups = scales.indices
    x.apply { _ in 0 }
    residual.copyElements(of: b)
    precondition(residual, &direction)
    var rz = dots(residual, direction)
    var steps = 0
    while steps < maximumSteps, groups.contains(where: isOpen) {
      system(direction, &image)
      let curvature = dots(direction, image)
      // A group that has arrived, or broken down, takes no further step.
      let alpha = groups.map { group in
        let step = rz[group] / curvature[group]
        return isOpen(group) && curvature[group] > 0 && step > 0 && step.isFinite ? step : 0
      }
      guard alpha.contains(where: { $0 > 0 }) else { break }
      x.addGroups(alpha, direction, width: width)
      residual.addGroups(alpha.map { -$0 }, image, width: width)
      steps += 1
      norms = self.norms(residual)
      guard steps < maximumSteps, groups.contains(where: isOpen) else { break }
      precondition(residual, &z)
      let next = dots(residual, z)
      z.addGroups(groups.map { rz[$0] > 0 ? next[$0] / rz[$0] : 0 }, direction, width: width)
      swap(&z, &direction)
      rz = next
    }
    // By itself: the recurrence, which decides when to stop, does not see its own rounding.
    if steps > 0 {
      system(x, &image)
      b.combine(image) { b, image in b - image }
    }
    let worst = zip(self.norms(b), scales).map { $1 > 0 ? $0 / $1 : 0 }.max() ?? 0
    swap(&b, &x)
    return LinearSolveReport(
      steps: steps, relativeResidual: worst,
      isAboveTolerance: limits.map { zip(norms, $0).contains { !($0 <= $1) } })
  }

  private func dots(_ a: Matrix<S>, _ b: Matrix<S>) -> [Double] {
    communicator.fromRoot(a.groupDots(b, width: width))
  }

  /// The norm of each group's columns.
  func norms(_ a: Matrix<S>) -> [Double] { dots(a, a).map { $0.squareRoot() } }
}
