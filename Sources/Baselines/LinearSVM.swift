internal import CLibLinear
import LinearAlgebra

/// Settings of a linear support vector machine.
public struct LinearSVMSettings: Sendable, Equatable, Codable {
  /// Weight of the losses against the squared norm, above 0.
  public var c: Double
  /// liblinear's stopping tolerance, above 0.
  public var tolerance: Double
  /// Whether the columns are brought to mean 0 and variance 1 first.
  public var standardise: Bool

  private enum CodingKeys: String, CodingKey {
    case c = "C"
    case tolerance, standardise
  }

  /// scikit-learn's defaults, on standardised columns.
  public init(c: Double = 1, tolerance: Double = 1e-4, standardise: Bool = true) {
    (self.c, self.tolerance, self.standardise) = (c, tolerance, standardise)
  }
}

/// One machine a language against the others: `½‖(w, b)‖² + C Σ max(0, 1 − y(w·x + b))²`, solved by
/// liblinear's trust-region Newton method in the primal (its solver 2), what scikit-learn's `LinearSVC`
/// does with `dual=False`. The minimum is unique, so the dual solver aims at the same one.
struct LinearSVM: Sendable {
  let settings: LinearSVMSettings
  /// A column a language, `[d, C]`.
  let weights: Matrix<Float>
  /// `[C]`.
  let bias: [Float]

  func scores(_ x: Matrix<Float>) -> Matrix<Float> {
    var scores = multiply(x, weights)
    addBias(bias, to: &scores)
    return scores
  }
}

extension LinearSVM {
  /// Trains on `x` `[n, d]`; `labels` are class numbers, and every class occurs.
  ///
  /// liblinear ends after 1,000 Newton steps at the latest. It returns no status: that the tolerance
  /// is not reached ("reaching max number of iterations") is at most printed text, which is silenced
  /// here, and the weights that it has are taken.
  /// - Throws: `BaselineError.refused`.
  init(
    training x: Matrix<Float>, labels: [Int], classes: Int, settings: LinearSVMSettings
  ) throws(BaselineError) {
    unsafe set_print_string_function { _ in }  // standard output is for results
    let d = x.columns
    var nodes = SparseRows(x, extra: 1).map { feature_node(index: $0, value: $1) }
    var truth = labels.map(Double.init)
    var weights = Matrix<Float>(rows: d, columns: classes)
    var bias = [Float](repeating: 0, count: classes)
    var refusal: String?
    unsafe nodes.withUnsafeMutableBufferPointer { nodes in
      unsafe truth.withUnsafeMutableBufferPointer { truth in
        guard let base = nodes.baseAddress else { return }
        let length = d + 2  // the bias's own feature, and the end of the row
        for i in 0..<x.rows {
          unsafe base[i * length + d] = feature_node(index: Int32(d + 1), value: 1)
        }
        var rows: [UnsafeMutablePointer<feature_node>?] = unsafe (0..<x.rows).map {
          unsafe base + $0 * length
        }
        unsafe rows.withUnsafeMutableBufferPointer { rows in
          var problem = unsafe problem(
            l: Int32(x.rows), n: Int32(d + 1), y: truth.baseAddress, x: rows.baseAddress, bias: 1)
          var parameter = unsafe parameter()
          unsafe parameter.solver_type = Int32(L2R_L2LOSS_SVC)
          unsafe parameter.eps = settings.tolerance
          unsafe parameter.C = settings.c
          unsafe parameter.p = 0.1
          if let reason = unsafe check_parameter(&problem, &parameter) {
            refusal = unsafe String(cString: reason)
            return
          }
          guard let trained = unsafe train(&problem, &parameter) else {
            refusal = "liblinear gave no model"
            return
          }
          let found = Int(unsafe trained.pointee.nr_class)
          // Two classes have one machine, whose positive side is the first label.
          let machines = found == 2 ? 1 : found
          for k in 0..<found {
            let label = Int(unsafe trained.pointee.label[k])
            let (column, sign): (Int, Double) = machines == 1 ? (0, k == 0 ? 1 : -1) : (k, 1)
            for j in 0..<d {
              weights[j, label] = Float(sign * (unsafe trained.pointee.w[j * machines + column]))
            }
            bias[label] = Float(sign * (unsafe trained.pointee.w[d * machines + column]))
          }
          var pointer: UnsafeMutablePointer<model>? = unsafe trained
          unsafe free_and_destroy_model(&pointer)
        }
      }
    }
    if let refusal { throw .refused(kind: .linearSVM, reason: refusal) }
    (self.settings, self.weights, self.bias) = (settings, weights, bias)
  }
}
