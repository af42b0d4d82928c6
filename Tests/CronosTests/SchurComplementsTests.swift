import LinearAlgebra
import Testing

@testable import Cronos

/// Systems of several ρ with one factor, against S written out.
@Suite(.serialBLAS) struct SchurComplementsTests {
  private static let seed = UInt64(31)
  private static let (n, d, p, classes, kappa) = (900, 24, 500, 3, 1.0)

  /// A program, its right-hand sides, and L∘(DDᵀ) by its definition.
  private let program: ConvexProgram<Double>
  private let sides: Matrix<Double>
  private var coupling: Matrix<Double>
  private let gram: Matrix<Double>

  init() throws {
    var random = SeededGenerator(seed: Self.seed)
    let x = random.normals(Self.n, Self.d)
    let hyperplanes = random.normals(Self.d, Self.p)
    sides = random.normals(Self.n, Self.classes)
    let images = multiply(x, hyperplanes)
    let active = images.mapped { $0 >= 0 ? 1 : 0 }
    program = ConvexProgram(features: x, active: active, targets: sides, beta: 1)
    gram = lowerGramInDouble(x)
    var shifted = gram
    for a in 0..<Self.d { shifted[a, a] += Self.kappa }
    // L = X(κI + K)⁻¹Xᵀ.
    var solved = x.transposed
    solveCholesky(try cholesky(shifted), into: &solved)
    coupling = multiply(x, solved)
    coupling.combine(multiply(active, active, transposeB: true)) { $0 * $1 }
  }

  /// ‖Sz − b‖/‖b‖.
  private func residual(_ z: Matrix<Double>, rho: Double) -> Double {
    var left = multiply(coupling, z)
    axpy(rho / 2, z, into: &left)
    axpy(-1, sides, into: &left)
    return left.norm / sides.norm
  }

  private func solve(
    _ schur: SchurComplements<Double>, rho: Double
  ) throws -> (left: Double, steps: Int) {
    var z = sides
    let steps = try schur.solve(rho: rho, into: &z)
    return (residual(z, rho: rho), steps)
  }

  /// Eigenvalues of S are between ρ/2 and some 500, so that a solve leaves some 1e4 roundings.
  private static let rounding = 1e-11

  @Test func otherPenaltiesUseTheFactorUntilTheyEarnTheirOwn() throws {
    let schur = try SchurComplements(
      program: program, gram: gram, weightRatio: Self.kappa, maximumFactors: 2)
    try schur.prepare(rho: 0.3)
    let own = try solve(schur, rho: 0.3)
    #expect(own.left < Self.rounding && own.steps == 0)
    // 0.31 is so near that two steps do: it goes on borrowing for a while, and then gets its own.
    for solves in 1...20 {
      let (left, steps) = try solve(schur, rho: 0.31)
      #expect(left < Self.rounding, "seed \(Self.seed), solve \(solves): \(left)")
      if solves == 1 {
        #expect(schur.factors.map(\.rho) == [0.3])
        // S of 0.31 has eigenvalues of at most 0.31/0.3 times those of 0.3: 60 times less left with each step.
        #expect((1...8).contains(steps), "\(steps) steps")
      }
    }
    #expect(schur.factors.map(\.rho) == [0.3, 0.31])
    // Far from both, below and above; what does not come in time gets a factor, in the place of the oldest.
    for rho in [1e-4, 50] {
      let (left, _) = try solve(schur, rho: rho)
      #expect(left < Self.rounding, "seed \(Self.seed), ρ \(rho): \(left)")
    }
    #expect(schur.factors.count == 2)
  }

  /// What is not a number is not hidden by a column that seems to have arrived.
  @Test func notANumberStaysOne() throws {
    let schur = try SchurComplements(program: program, gram: gram, weightRatio: Self.kappa)
    try schur.prepare(rho: 0.3)
    var z = sides
    z[5, 1] = .nan
    _ = try schur.solve(rho: 0.4, into: &z)
    #expect(z.firstNonFinite != nil)
    var zero = Matrix<Double>(rows: Self.n, columns: Self.classes)
    _ = try schur.solve(rho: 0.5, into: &zero)
    #expect(zero.elements.allSatisfy { $0 == 0 })
  }

  /// A ρ that float32 cannot tell from 0, where rows come twice and S has no other full rank: it says so when it
  /// comes to a factor of its own.
  @Test func aFactorThatFloat32CannotMakeIsSaidToBeOne() throws {
    let x = Matrix<Float>(rows: Self.n, columns: Self.d) { i, a in
      Float(program.features[i / 2, a])
    }
    let active = Matrix<Float>(rows: Self.n, columns: Self.p) { i, k in
      Float(program.active[i / 2, k])
    }
    let sides = sides.converted(to: Float.self)
    let schur = try SchurComplements(
      program: ConvexProgram(features: x, active: active, targets: sides, beta: 1),
      gram: lowerGramInDouble(x), weightRatio: Self.kappa)
    try schur.prepare(rho: 0.3)
    var z = sides
    #expect(throws: SinglePrecisionFailure.self) { try schur.solve(rho: 1e-30, into: &z) }
    #expect(z == sides, "what was given is left alone")
  }
}
