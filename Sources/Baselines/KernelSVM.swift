import Foundation
import LinearAlgebra

/// Settings of a kernel support vector machine.
public struct KernelSVMSettings: Sendable, Equatable, Codable {
  /// exp(−γ‖x − z‖²), (γ x·z)^degree, or tanh(γ x·z).
  public enum Kernel: String, Sendable, Codable, CaseIterable { case rbf, poly, sigmoid }
  /// `scale`: 1 / (d · variance of all elements); `auto`: 1 / d.
  public enum Gamma: String, Sendable, Codable, CaseIterable { case scale, auto }

  /// How two rows are compared.
  public var kernel: Kernel
  /// Weight of the losses, above 0.
  public var c: Double
  /// The rule for γ.
  public var gamma: Gamma
  /// Of `poly`, 1 to 100.
  public var degree: Int
  /// libsvm's stopping tolerance, above 0.
  public var tolerance: Double
  /// Whether the columns are brought to mean 0 and variance 1 first.
  public var standardise: Bool

  private enum CodingKeys: String, CodingKey {
    case c = "C"
    case kernel, gamma, degree, tolerance, standardise
  }

  /// scikit-learn's defaults, on standardised columns.
  public init(
    kernel: Kernel = .rbf, c: Double = 1, gamma: Gamma = .scale, degree: Int = 3,
    tolerance: Double = 1e-3, standardise: Bool = true
  ) {
    (self.kernel, self.c, self.gamma, self.degree) = (kernel, c, gamma, degree)
    (self.tolerance, self.standardise) = (tolerance, standardise)
  }

  /// γ for training rows `x`.
  func gammaValue(_ x: Matrix<Float>) -> Double {
    let d = Double(max(x.columns, 1))
    guard gamma == .scale else { return 1 / d }
    var (sum, squares) = (0.0, 0.0)
    for i in 0..<x.rows {
      for value in x.row(i) {
        sum += Double(value)
        squares += Double(value) * Double(value)
      }
    }
    let count = Double(max(x.count, 1))
    let variance = squares / count - (sum / count) * (sum / count)
    return variance > 0 ? 1 / (d * variance) : 1
  }
}

/// One machine for each pair of languages, each voting for one of its two; the most votes win, of equal
/// ones the first language, as in libsvm and scikit-learn's `SVC`. Scores are the votes and, below a
/// third of one, what the machines' values add up to. Kernels: rbf `exp(−γ‖x − z‖²)`, poly `(γ x·z)^degree`, sigmoid `tanh(γ x·z)`.
struct KernelSVM: Sendable {
  let settings: KernelSVMSettings
  let gamma: Double
  /// Sorted by language, `[s, d]`.
  let supportVectors: Matrix<Float>
  /// How many of them each language has.
  let counts: [Int]
  /// y·α of each support vector in the machines of its language with the others, `[C − 1, s]`, as
  /// libsvm lays them out.
  let coefficients: Matrix<Double>
  /// The machines' constants, `[C(C − 1)/2]`: (0, 1), (0, 2), …, (1, 2), ….
  let rho: [Double]

  var classes: Int { counts.count }

  func scores(_ x: Matrix<Float>) -> Matrix<Float> {
    var scores = Matrix<Float>(rows: x.rows, columns: classes)
    let coefficients = machineCoefficients
    for block in x.rowBlocks(of: 512) {
      let values = multiply(kernel(x.selectingRows(block)), coefficients)  // [rows, machines]
      for (i, row) in block.enumerated() {
        for (k, score) in votes(values.row(i)).enumerated() { scores[row, k] = score }
      }
    }
    return scores
  }

  /// What each support vector counts in each machine, `[s, C(C − 1)/2]`.
  private var machineCoefficients: Matrix<Double> {
    var starts = [0]
    for count in counts { starts.append(starts[starts.count - 1] + count) }
    var result = Matrix<Double>(rows: supportVectors.rows, columns: rho.count)
    var machine = 0
    for i in 0..<classes {
      for j in (i + 1)..<max(classes, i + 1) {
        for s in starts[i]..<starts[i + 1] { result[s, machine] = coefficients[j - 1, s] }
        for s in starts[j]..<starts[j + 1] { result[s, machine] = coefficients[i, s] }
        machine += 1
      }
    }
    return result
  }

  private func votes(_ values: [Double]) -> [Float] {
    var (votes, confidence) = (
      [Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes)
    )
    var machine = 0
    for i in 0..<classes {
      for j in (i + 1)..<max(classes, i + 1) {
        let value = values[machine] - rho[machine]
        votes[value > 0 ? i : j] += 1
        confidence[i] += value
        confidence[j] -= value
        machine += 1
      }
    }
    // The second term stays below a third: it never outweighs a vote.
    var scores = zip(votes, confidence).map { Float($0 + $1 / (3 * (abs($1) + 1))) }
    // Between equal votes libsvm takes the first language, whatever the values say.
    let winner = votes.indices.max { votes[$0] < votes[$1] || (votes[$0] == votes[$1] && $0 > $1) }
    let surest = scores.indices.max { scores[$0] < scores[$1] }
    if let winner, let surest, winner != surest { scores.swapAt(winner, surest) }
    return scores
  }

  /// The kernel between rows of x and the support vectors, `[x.rows, s]`.
  private func kernel(_ x: Matrix<Float>) -> Matrix<Double> {
    let (x, z) = (x.converted(to: Double.self), supportVectors.converted(to: Double.self))
    var products = multiply(x, z, transposeB: true)
    let squares = (0..<z.rows).map { dot(z.row($0), z.row($0)) }
    let columns = z.rows
    unsafe products.withUnsafeMutableElements { e in
      for i in 0..<x.rows {
        let own = dot(x.row(i), x.row(i))
        for s in 0..<columns {
          let product = unsafe e[i * columns + s]
          let value =
            switch settings.kernel {
            case .rbf: exp(-gamma * max(0, own + squares[s] - 2 * product))
            case .poly: pow(gamma * product, Double(settings.degree))
            case .sigmoid: tanh(gamma * product)
            }
          unsafe e[i * columns + s] = value
        }
      }
    }
    return products
  }
}
