import LinearAlgebra
import Testing

@testable import Cronos

/// The operators and changes of layout that the solvers are made of, each against its definition, written
/// out in float64 on a few random numbers.
@Suite struct OperatorTests {
  /// n, d and P: more rows than columns, fewer (K is singular), and one of each.
  private static let shapes = [(7, 3, 4), (3, 5, 2), (1, 2, 1)]

  /// A random program of two classes. Unknown (half·d + a)·P + k of a class is coordinate a of hyperplane k;
  /// unknowns are held `[2dP, C]`, a class a column.
  private struct Problem: CustomStringConvertible {
    let classes = 2
    let penalty = Penalty(rho: 0.3, weightRatio: 0.7)
    let x, active: Matrix<Double>
    let hasCones: Bool
    let apply: UOperator<Double>
    let description: String
    private var random: SeededGenerator

    init(_ shape: (Int, Int, Int), hasCones: Bool, seed: UInt64 = 17) {
      let (n, d, p) = shape
      var random = SeededGenerator(seed: seed)
      let (x, sides) = (random.normals(n, d), random.normals(n, p))
      let active = Matrix<Double>(rows: n, columns: p) { i, k in sides[i, k] >= 0 ? 1 : 0 }
      let program = ConvexProgram(
        features: x, active: active, targets: Matrix(rows: n, columns: classes), beta: 1,
        hasCones: hasCones)
      apply = UOperator(program: program, penalty: penalty, gram: lowerGram(x))
      (self.x, self.active, self.hasCones, self.random) = (x, active, hasCones, random)
      description = "seed \(seed), n \(n), d \(d), P \(p), cones \(hasCones)"
    }

    /// 2dP.
    var size: Int { 2 * x.columns * active.columns }

    func place(_ unknown: Int) -> (half: Int, coordinate: Int, hyperplane: Int) {
      let (d, p) = (x.columns, active.columns)
      return (unknown / (d * p), unknown / p % d, unknown % p)
    }

    /// κI + FᵀF/ρ + GᵀG of one class.
    var system: Matrix<Double> {
      Matrix(rows: size, columns: size) { row, column in
        let (r, c) = (place(row), place(column))
        let sign = r.half == c.half ? 1.0 : -1
        var sum = row == column ? penalty.weightRatio : 0
        for i in 0..<x.rows {
          let square = x[i, r.coordinate] * x[i, c.coordinate]
          sum += sign * active[i, r.hyperplane] * active[i, c.hyperplane] * square / penalty.rho
          guard hasCones, r.half == c.half, r.hyperplane == c.hyperplane else { continue }
          let side = 2 * active[i, r.hyperplane] - 1
          sum += side * side * square
        }
        return sum
      }
    }

    func pair(_ unknowns: Matrix<Double>) -> BlockPair<Double> {
      let (d, p) = (x.columns, active.columns)
      func half(_ half: Int) -> Matrix<Double> {
        Matrix(rows: d, columns: classes * p) { a, column in
          unknowns[(half * d + a) * p + column % p, column / p]
        }
      }
      return BlockPair(v: half(0), w: half(1))
    }

    func unknowns(_ pair: BlockPair<Double>) -> Matrix<Double> {
      let (halves, p) = ([pair.v, pair.w], active.columns)
      return Matrix(rows: size, columns: classes) { row, c in
        let (half, a, k) = place(row)
        return halves[half][a, c * p + k]
      }
    }

    mutating func normals() -> Matrix<Double> { random.normals(size, classes) }

    func preconditioner(rank: Int) throws -> NystromPreconditioner<Double> {
      try NystromPreconditioner(of: apply, rank: rank, key: ThreefryKey(seed: 5))
    }

    func applied(
      _ preconditioner: NystromPreconditioner<Double>, to x: Matrix<Double>
    ) -> Matrix<Double> {
      var image = pair(Matrix(rows: x.rows, columns: x.columns, repeating: .nan))
      preconditioner.apply(
        pair(x).both, neurons: active.columns, into: &image.both, scratch: ScratchMemory())
      return unknowns(image)
    }
  }

  @Test(arguments: shapes, [true, false])
  func theOperatorIsItsExplicitMatrix(_ shape: (Int, Int, Int), _ hasCones: Bool) {
    var problem = Problem(shape, hasCones: hasCones)
    let system = problem.system
    let (u, z) = (problem.normals(), problem.normals())
    let image = problem.unknowns(problem.apply(problem.pair(u)))
    let other = problem.unknowns(problem.apply(problem.pair(z)))
    // Fewer than 40 roundings one after the other, 4e-15 of the terms' magnitudes, which ‖A‖·‖u‖ bounds
    // but for √(2dP) < 5.
    let rounding = 1e-13 * system.norm * u.norm
    let miss = distance(image, product(system, u))
    #expect(miss < rounding, "\(problem): \(miss)")
    // The operator is its own adjoint.
    #expect(abs(dot(z, image) - dot(other, u)) < rounding * z.norm, "\(problem)")
  }

  /// With as many columns as unknowns the sketch is A itself: M⁻¹ = (λ_r + ρ)(A + ρI)⁻¹ with the smallest
  /// eigenvalue λ_r of A.
  @Test(arguments: shapes, [true, false])
  func ofFullRankThePreconditionerIsAnInverse(
    _ shape: (Int, Int, Int), _ hasCones: Bool
  ) throws {
    var problem = Problem(shape, hasCones: hasCones)
    let (system, size, rho) = (problem.system, problem.size, problem.penalty.rho)
    let preconditioner = try problem.preconditioner(rank: size)
    let eigenvalues = try Array(SymmetricEigen(system).values.reversed())
    // cond(A) is below 1e4, and a triangular factor's its root: 1e-14 of A, times the few tens of its order.
    let rounding = 1e-11 * eigenvalues[0]
    #expect(preconditioner.values.count == size)
    for (estimate, exact) in zip(preconditioner.values, eigenvalues) {
      #expect(abs(estimate - exact) < rounding, "\(problem)")
    }
    let t = problem.normals()
    let systemOfT = product(system, t)
    let b = Matrix<Double>(rows: size, columns: problem.classes) { i, c in
      systemOfT[i, c] + rho * t[i, c]
    }
    let result = problem.applied(preconditioner, to: b)
    let expected = Matrix<Double>(rows: size, columns: problem.classes) { i, c in
      (eigenvalues[size - 1] + rho) * t[i, c]
    }
    // An error E of A's factors leaves (λ_r + ρ)(A + ρI)⁻¹·E·t, no more than ‖E‖·‖t‖.
    let miss = distance(result, expected)
    #expect(miss < rounding * t.norm, "\(problem): \(miss)")
  }

  @Test(arguments: shapes, [true, false])
  func thePreconditionerIsItsFormula(_ shape: (Int, Int, Int), _ hasCones: Bool) throws {
    var problem = Problem(shape, hasCones: hasCones)
    let (rank, rho, classes) = (3, problem.penalty.rho, problem.classes)
    let preconditioner = try problem.preconditioner(rank: rank)
    let (u, values) = (preconditioner.u, preconditioner.values)
    #expect(u.shape == [problem.size, rank] && values.count == rank, "\(problem)")
    #expect(values == values.sorted(by: >) && values[rank - 1] >= 0, "\(problem): \(values)")
    // Householder's columns: some 1e-16 times their length of at most 24.
    #expect(distance(product(u.transposed, u), identity(rank)) < 1e-13, "\(problem)")

    let (x, z) = (problem.normals(), problem.normals())
    let image = problem.applied(preconditioner, to: x)
    let other = problem.applied(preconditioner, to: z)
    let last = values[rank - 1] + rho
    let coefficients = product(u.transposed, x)
    let divided = Matrix<Double>(rows: rank, columns: classes) { i, c in
      last / (values[i] + rho) * coefficients[i, c]
    }
    let (inside, projection) = (product(u, divided), product(u, coefficients))
    let expected = Matrix<Double>(rows: problem.size, columns: classes) { i, c in
      inside[i, c] + (x[i, c] - projection[i, c])
    }
    // Sums of 24 and of 3 products with orthonormal columns, and no factor above 1.
    let rounding = 1e-13
    let miss = distance(image, expected)
    #expect(miss < rounding * x.norm, "\(problem): \(miss)")
    #expect(abs(dot(z, image) - dot(other, x)) < rounding * x.norm * z.norm, "\(problem)")
    // Eigenvalues from (λ_r + ρ)/(λ_1 + ρ) to 1: positive definite.
    let (lowest, quotient) = (last / (values[0] + rho), dot(x, image) / dot(x, x))
    #expect(quotient > max(0, lowest - rounding), "\(problem): \(quotient)")
    #expect(quotient < 1 + rounding, "\(problem): \(quotient)")
  }

  @Test func packedNumbersLieInThePublishedOrder() {
    let (d, p, classes) = (3, 4, 2)
    /// A number that says where it is.
    func number(_ half: Int, _ c: Int, _ a: Int, _ k: Int) -> Double {
      Double(1000 * half + 100 * c + 10 * a + k)
    }
    let halves = (0..<2).map { half in
      Matrix<Double>(rows: d, columns: classes * p) { a, column in
        number(half, column / p, a, column % p)
      }
    }
    let pair = BlockPair(v: halves[0], w: halves[1])
    #expect(pair.v == halves[0] && pair.w == halves[1])
    var packed = Matrix<Double>(rows: classes, columns: 2 * d * p)
    pair.pack(neurons: p, into: &packed)
    for half in 0..<2 {
      for c in 0..<classes {
        for a in 0..<d {
          for k in 0..<p {
            #expect(
              packed[c, (half * d + a) * p + k] == number(half, c, a, k),
              "half \(half), class \(c), (\(a), \(k))")
          }
        }
      }
    }
    var back = BlockPair<Double>(rows: d, columns: classes * p)
    back.unpack(packed, neurons: p)
    #expect(back == pair)
  }

  /// Of more rows than columns, and of fewer, where K has zeros among its eigenvalues.
  @Test(arguments: [(9, 4), (3, 6)])
  func theSpectralBasisMakesKADiagonal(_ shape: (Int, Int)) throws {
    let ((n, d), seed) = (shape, UInt64(23))
    var random = SeededGenerator(seed: seed)
    let x = random.normals(n, d)
    let k = product(x.transposed, x)
    let basis = try SpectralBasis<Double>(of: lowerGram(x))
    let (values, vectors) = (basis.eigenvalues, basis.vectors)
    #expect(values == values.sorted() && values[0] >= 0, "seed \(seed): \(values)")
    // LAPACK's eigenvectors are those of a K that is off by some 1e-16·‖K‖ times its order of at most 6; the
    // products here are sums of at most nine.
    let rounding = 1e-13
    #expect(distance(product(vectors.transposed, vectors), identity(d)) < rounding, "seed \(seed)")
    let scaled = Matrix<Double>(rows: d, columns: d) { a, b in vectors[a, b] * values[b] }
    #expect(
      distance(product(scaled, vectors.transposed), k) < rounding * k.norm, "seed \(seed)")

    let rotated = basis.rotate(x)
    #expect(distance(rotated, product(x, vectors)) < rounding * x.norm, "seed \(seed)")
    let u = BlockPair(v: random.normals(d, 6), w: random.normals(d, 6))
    let restored = basis.restore(u)
    for (half, back) in [(u.v, restored.v), (u.w, restored.w)] {
      #expect(distance(back, product(vectors, half)) < rounding * half.norm, "seed \(seed)")
      #expect(
        distance(product(rotated, half), product(x, back)) < rounding * x.norm * half.norm,
        "seed \(seed)")
    }
  }

  /// Blocks of four rows, so that the last of ten is shorter.
  private struct Blocks: RowSource {
    let matrix: Matrix<Float>
    var rows: Int { matrix.rows }
    var columns: Int { matrix.columns }
    func block(_ range: Range<Int>) -> Matrix<Float> { matrix.selectingRows(range) }
    func release(_ range: Range<Int>) {}
    var blocks: [Range<Int>] { matrix.rowBlocks(of: 4) }
  }

  /// X·u and Xᵀ·a of rows in memory and of a source, as they are and in the eigenbasis of K.
  @Test(arguments: [true, false], [(1.0, 0.0), (-0.5, 2.0)])
  func rowsOfASourceGiveTheProductsOfThoseInMemory(
    _ isRotated: Bool, _ factors: (Double, Double)
  ) throws {
    let ((alpha, beta), (n, d, m), seed) = (factors, (10, 3, 5), UInt64(29))
    var random = SeededGenerator(seed: seed)
    let given = random.normals(n, d).converted(to: Float.self)
    let x = given.converted(to: Double.self)
    let basis = try isRotated ? SpectralBasis<Double>(of: lowerGram(x)) : nil
    let inMemory = basis.map { FeatureRows($0.rotate(x)) } ?? FeatureRows(x)
    let fromSource = FeatureRows<Double>(Blocks(matrix: given), in: basis)
    let rotated = basis.map { product(x, $0.vectors) } ?? x
    let (u, a) = (random.normals(d, m), random.normals(n, m))
    let (oldImage, oldBack) = (random.normals(n, m), random.normals(d, m))
    let (image, back) = (product(rotated, u), product(rotated.transposed, a))
    func updated(_ old: Matrix<Double>, by new: Matrix<Double>) -> Matrix<Double> {
      Matrix(rows: old.rows, columns: old.columns) { alpha * new[$0, $1] + beta * old[$0, $1] }
    }
    // Sums of at most ten products, rotated by three: fewer than 20 roundings of magnitudes whose norm is
    // below 100, 1e-16 each.
    let rounding = 1e-12
    for (place, rows) in [("memory", inMemory), ("source", fromSource)] {
      #expect(rows.rows == n && rows.columns == d)
      #expect(distance(rows.times(u), image) < rounding, "\(place), seed \(seed)")
      #expect(distance(rows.transposedTimes(a), back) < rounding, "\(place), seed \(seed)")
      var (out, outBack) = (oldImage, oldBack)
      rows.multiply(u, into: &out, alpha: alpha, beta: beta)
      rows.multiplyTransposed(a, into: &outBack, alpha: alpha, beta: beta)
      #expect(distance(out, updated(oldImage, by: image)) < rounding, "\(place), seed \(seed)")
      #expect(distance(outBack, updated(oldBack, by: back)) < rounding, "\(place), seed \(seed)")
    }
  }
}

extension SeededGenerator {
  /// Standard normal numbers, `[rows, columns]`.
  mutating func normals(_ rows: Int, _ columns: Int) -> Matrix<Double> {
    let numbers = (0..<(rows * columns)).map { _ in normal() }
    return Matrix(rows: rows, columns: columns, numbers)
  }
}

/// a·b by its definition.
private func product(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
  precondition(a.columns == b.rows, "a \(a.shape), b \(b.shape)")
  return Matrix(rows: a.rows, columns: b.columns) { i, j in
    (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] }
  }
}

/// The Frobenius inner product.
func dot(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double { dot(a.elements, b.elements) }

/// The lower triangle of K = xᵀ·x, zeros above it.
private func lowerGram(_ x: Matrix<Double>) -> Matrix<Double> {
  let k = product(x.transposed, x)
  return Matrix(rows: x.columns, columns: x.columns) { a, b in b <= a ? k[a, b] : 0 }
}

private func identity(_ n: Int) -> Matrix<Double> {
  Matrix(rows: n, columns: n) { $0 == $1 ? 1 : 0 }
}

/// ‖a − b‖; NaN where a number is.
private func distance(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
  var difference = a
  difference.combine(b) { $0 - $1 }
  return difference.norm
}
