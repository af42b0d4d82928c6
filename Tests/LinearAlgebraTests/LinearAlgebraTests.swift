import LinearAlgebra
import Testing

/// Reproducible numbers in (−1, 1).
struct TestNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(bitPattern: state) >> 11) / Double(1 << 52)
  }

  mutating func matrix<S: BLASScalar>(_ rows: Int, _ columns: Int, of: S.Type = S.self) -> Matrix<S>
  {
    Matrix(rows: rows, columns: columns, (0..<(rows * columns)).map { _ in S(next()) })
  }
}

/// op(a)·op(b) by the definition, in float64, with the sum of absolute products for error bounds.
private func reference<S: BLASScalar>(
  _ a: Matrix<S>, _ b: Matrix<S>, _ transposeA: Bool, _ transposeB: Bool
) -> (product: Matrix<Double>, scale: Matrix<Double>) {
  let a = (transposeA ? a.transposed : a).converted(to: Double.self)
  let b = (transposeB ? b.transposed : b).converted(to: Double.self)
  func sum(_ term: (Double) -> Double) -> Matrix<Double> {
    Matrix(rows: a.rows, columns: b.columns) { i, j in
      (0..<a.columns).reduce(0) { $0 + term(a[i, $1] * b[$1, j]) }
    }
  }
  return (sum { $0 }, sum { abs($0) })
}

@Suite struct LinearAlgebraTests {
  @Test(arguments: [(1, 1, 1), (3, 5, 2), (17, 9, 33), (40, 64, 7)], [1, 2, 3] as [UInt64])
  func productsEqualTheDefinition(_ shape: (Int, Int, Int), _ seed: UInt64) {
    var numbers = TestNumbers(seed: seed)
    let (m, k, n) = shape
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a: Matrix<Float> = transposeA ? numbers.matrix(k, m) : numbers.matrix(m, k)
      let b: Matrix<Float> = transposeB ? numbers.matrix(n, k) : numbers.matrix(k, n)
      let (expected, scale) = reference(a, b, transposeA, transposeB)
      let c = multiply(a, b, transposeA: transposeA, transposeB: transposeB)
      // |fl(x·y) − x·y| ≤ kε|x|·|y| for k terms in any order (Higham, §3.1).
      let bound = Double(k) * Double(Float.ulpOfOne)
      for i in 0..<m {
        for j in 0..<n {
          #expect(abs(Double(c[i, j]) - expected[i, j]) <= bound * scale[i, j], "seed \(seed)")
        }
      }
    }
  }

  @Test func gemmAccumulates() {
    var numbers = TestNumbers(seed: 4)
    let (a, b): (Matrix<Double>, Matrix<Double>) = (numbers.matrix(4, 3), numbers.matrix(3, 5))
    let before: Matrix<Double> = numbers.matrix(4, 5)
    var c = before
    gemm(a, b, into: &c, alpha: 2, beta: 0.5)
    let product = multiply(a, b)
    for i in 0..<4 {
      for j in 0..<5 {
        // A handful of float64 operations on numbers below 10.
        #expect(abs(c[i, j] - (2 * product[i, j] + 0.5 * before[i, j])) < 1e-14)
      }
    }
  }

  @Test func gramMatrices() {
    var numbers = TestNumbers(seed: 5)
    let a: Matrix<Double> = numbers.matrix(23, 70)
    let (columns, rows) = (gram(a), lowerGramOfRows(a))
    var sum = columns
    addLowerGram(of: a, to: &sum)
    let (ata, aat) = (multiply(a, a, transposeA: true), multiply(a, a, transposeB: true))
    // All sum at most 70 products below 1.
    for i in 0..<70 {
      for j in 0..<70 {
        #expect(abs(columns[i, j] - ata[i, j]) < 1e-13)
        #expect(abs(sum[i, j] - (j <= i ? 2 : 1) * ata[i, j]) < 1e-13)
      }
    }
    for i in 0..<23 { for j in 0...i { #expect(abs(rows[i, j] - aat[i, j]) < 1e-13) } }
  }

  @Test func rowBlocksCoverTheRows() {
    let a = Matrix<Float>(rows: 7, columns: 2) { i, j in Float(10 * i + j) }
    #expect(a.rowBlocks(of: 3) == [0..<3, 3..<6, 6..<7])
    #expect(a.selectingRows(3..<6) == a.selectingRows([3, 4, 5]))
    #expect(Matrix<Float>(rows: 0, columns: 2).rowBlocks(of: 3).isEmpty)
  }

  @Test func choleskySolves() throws {
    var numbers = TestNumbers(seed: 6)
    let a: Matrix<Double> = numbers.matrix(60, 40)
    var spd = gram(a)
    for i in 0..<40 { spd[i, i] += 1 }
    let factor = try cholesky(spd)
    for i in 0..<40 { for j in (i + 1)..<40 { #expect(factor[i, j] == 0) } }
    let x: Matrix<Double> = numbers.matrix(40, 3)
    var solved = multiply(spd, x)
    solveCholesky(factor, into: &solved)
    // Condition number below 100: 100·n·ε.
    for i in 0..<40 { for j in 0..<3 { #expect(abs(solved[i, j] - x[i, j]) < 1e-12) } }
    var right = multiply(x, factor.transposed, transposeA: true)
    solveLowerFromRight(factor, into: &right, transpose: true)
    for i in 0..<40 { for j in 0..<3 { #expect(abs(right[j, i] - x[i, j]) < 1e-12) } }
  }

  @Test func lowerFactorsAreInverted() throws {
    var numbers = TestNumbers(seed: 8)
    var l: Matrix<Double> = numbers.matrix(40, 40)
    for i in 0..<40 { for j in 0..<40 { l[i, j] = j > i ? 7 : i == j ? 2 : l[i, j] / 40 } }
    var inverse = l
    try invertLower(&inverse)
    for i in 0..<40 {
      for j in 0..<40 {
        guard j <= i else {
          #expect(inverse[i, j] == 7, "above the diagonal")
          continue
        }
        let sum = (j...i).reduce(0) { $0 + l[i, $1] * inverse[$1, j] }
        // At most 40 terms below 1.
        #expect(abs(sum - (i == j ? 1 : 0)) < 1e-14, "(\(i), \(j))")
      }
    }
    l[3, 3] = 0
    #expect(throws: LAPACKError.notPositiveDefinite(routine: "trtri", order: 4)) {
      try invertLower(&l)
    }
  }

  @Test func normsOutsideOfTheRangeOfSquares() {
    // A few roundings.
    for scale in [1e200, 1e-200] {
      let norm = Matrix<Double>(rows: 1, columns: 3, [3 * scale, 0, 4 * scale]).norm
      #expect(abs(norm / scale - 5) < 1e-14)
    }
    #expect(Matrix<Float>(rows: 3, columns: 3, [0, 0, 0, 3, 0, 0, 0, 4, 0]).norm == 5)
    #expect(Matrix<Float>(rows: 0, columns: 3).norm == 0)
    #expect(Matrix<Float>(rows: 1, columns: 2, [.nan, 1]).norm.isNaN)
  }

  @Test func indefiniteMatricesAreNamed() {
    var m = Matrix<Float>(rows: 3, columns: 3) { $0 == $1 ? 1 : 0 }
    m[1, 1] = -1
    #expect(throws: LAPACKError.notPositiveDefinite(routine: "potrf", order: 2)) {
      _ = try cholesky(m)
    }
  }

  @Test func eigenvectorsDiagonalise() throws {
    var numbers = TestNumbers(seed: 7)
    let a = gram(numbers.matrix(30, 30, of: Double.self))
    let eigen = try SymmetricEigen(a)
    #expect(eigen.values == eigen.values.sorted())
    let image = multiply(a, eigen.vectors)
    for i in 0..<30 {
      for j in 0..<30 {
        // ‖A‖ε·n with ‖A‖ below 100.
        #expect(abs(image[i, j] - eigen.values[j] * eigen.vectors[i, j]) < 1e-11)
      }
    }
  }

  @Test func thinFactorisationsAreOrthonormalAndExact() throws {
    var numbers = TestNumbers(seed: 8)
    let a: Matrix<Double> = numbers.matrix(50, 6)
    let q = try orthonormalBasis(of: a)
    let svd = try SingularValues(a)
    #expect(svd.values == svd.values.sorted(by: >) && svd.values.allSatisfy { $0 >= 0 })
    for basis in [q, svd.u] {
      let inner = multiply(basis, basis, transposeA: true)
      // Householder's columns of 50 numbers: a few 50·ε (Higham, §19.3).
      for i in 0..<6 { for j in 0..<6 { #expect(abs(inner[i, j] - (i == j ? 1 : 0)) < 1e-13) } }
    }
    let projected = multiply(q, multiply(q, a, transposeA: true))
    let scaled = Matrix(rows: 6, columns: 6) { svd.values[$0] * svd.vTransposed[$0, $1] }
    let rebuilt = multiply(svd.u, scaled)
    for i in 0..<50 {
      for j in 0..<6 {
        // ‖A‖ε·n with ‖A‖ below 10.
        #expect(abs(projected[i, j] - a[i, j]) < 1e-13)
        #expect(abs(rebuilt[i, j] - a[i, j]) < 1e-13)
      }
    }
  }

  @Test func mutationCopiesSharedAndBorrowedStorage() {
    let a = Matrix<Float>(rows: 2, columns: 2, [1, 2, 3, 4])
    var b = a
    b[0, 0] = 9
    #expect(a[0, 0] == 1 && b[0, 0] == 9)
    final class Owner: Sendable {
      let values: [Float] = [5, 6, 7, 8]
    }
    let owner = Owner()
    var c = owner.values.withUnsafeBufferPointer {
      Matrix(rows: 2, columns: 2, borrowing: BorrowedElements(owner: owner, elements: $0))
    }
    #expect(c.elements == [5, 6, 7, 8])
    c[1, 1] = 0
    #expect(c.elements == [5, 6, 7, 0] && owner.values == [5, 6, 7, 8])
  }

  @Test func nonFiniteElementsAreFound() {
    var a = Matrix<Float>(rows: 100, columns: 100, repeating: 1e38)
    #expect(a.firstNonFinite == nil)
    a[70, 3] = -.infinity
    a[71, 0] = .nan
    #expect(a.firstNonFinite?.row == 70 && a.firstNonFinite?.column == 3)
  }

  @Test func rowsAndColumnsAreSelectedAndTransposed() {
    let a = Matrix<Float>(rows: 3, columns: 4) { Float($0 * 10 + $1) }
    #expect(a.selectingRows([2, 0]).elements == [20, 21, 22, 23, 0, 1, 2, 3])
    #expect(a.selectingColumns(1..<3).elements == [1, 2, 11, 12, 21, 22])
    #expect(a.transposed[3, 2] == 23 && a.transposed.shape == [4, 3])
    #expect(a.argmaxOfRows() == [3, 3, 3])
    #expect(Matrix<Float>(rows: 1, columns: 3, [2, 2, 1]).argmaxOfRows() == [0])
  }

  @Test func operationsAreCounted() {
    let before = FLOPCounter.total
    _ = multiply(Matrix<Float>(rows: 4, columns: 5), Matrix<Float>(rows: 5, columns: 6))
    // Other tests run at the same time and only add.
    #expect(FLOPCounter.total - before >= 2 * 4 * 5 * 6)
  }

  /// Exactly what the body does, on all its threads, whatever other tests do meanwhile; what it does
  /// in an inner scope counts in the outer one, too.
  @Test func operationsOfAScopeAreCounted() async {
    let counts = await withTaskGroup(of: Int.self) { group in
      for i in 1...8 {
        group.addTask {
          FLOPCounter.counting {
            Threads.concurrentRanges(count: 10) { range in
              for _ in range {
                _ = multiply(Matrix<Float>(rows: i, columns: 5), Matrix<Float>(rows: 5, columns: 6))
              }
            }
            let (shape, inner) = FLOPCounter.counting {
              multiply(Matrix<Float>(rows: 1, columns: 2), Matrix<Float>(rows: 2, columns: 3)).shape
            }
            #expect(shape == [1, 3] && inner == 12)
          }.operations
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(counts.sorted() == (1...8).map { 10 * 2 * $0 * 5 * 6 + 12 })
  }

  @Test func sumsOverRangesCoverEveryIndex() {
    let total = Threads.concurrentSum(count: 10_001, minimum: 100) { range in
      SIMD4(Double(range.reduce(0, +)), Double(range.count), 0, 0)
    }
    #expect(total[0] == Double(10_001 * 10_000 / 2) && total[1] == 10_001)
  }
}
