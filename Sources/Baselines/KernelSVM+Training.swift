internal import CLibSVM
import LinearAlgebra

extension KernelSVM {
  /// Trains with libsvm's C-SVC, shrinking on, on `x` `[n, d]`; `labels` are class numbers, and
  /// every class occurs.
  ///
  /// libsvm ends a machine at 10,000,000 iterations or 100 for each row, whichever is more. It
  /// returns no status: its progress is silenced here, but "WARNING: reaching max number of
  /// iterations" it writes to standard error itself, and the machine that it has is taken.
  /// - Throws: `BaselineError.refused`.
  init(
    training x: Matrix<Float>, labels: [Int], classes: Int, settings: KernelSVMSettings
  ) throws(BaselineError) {
    unsafe svm_set_print_string_function { _ in }  // standard output is for results
    // In the order of the classes, libsvm's own numbers for them are ours.
    let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
    let sorted = x.selectingRows(order)
    var truth = order.map { Double(labels[$0]) }
    var nodes = SparseRows(sorted).map { svm_node(index: $0, value: $1) }
    let gamma = settings.gammaValue(x)
    var outcome: Result<KernelSVM, BaselineError> = .failure(
      .refused(kind: .kernelSVM, reason: "no rows to train on"))
    unsafe nodes.withUnsafeMutableBufferPointer { nodes in
      unsafe truth.withUnsafeMutableBufferPointer { truth in
        guard let base = nodes.baseAddress else { return }
        var rows: [UnsafeMutablePointer<svm_node>?] = unsafe (0..<x.rows).map {
          unsafe base + $0 * (x.columns + 1)
        }
        unsafe rows.withUnsafeMutableBufferPointer { rows in
          var problem = unsafe svm_problem(
            l: Int32(x.rows), y: truth.baseAddress, x: rows.baseAddress)
          var parameter = unsafe svm_parameter()
          unsafe parameter.svm_type = Int32(C_SVC)
          unsafe parameter.kernel_type = settings.kernel.number
          unsafe parameter.degree = Int32(settings.degree)
          unsafe parameter.gamma = gamma
          unsafe parameter.cache_size = 200  // megabytes
          unsafe parameter.eps = settings.tolerance
          unsafe parameter.C = settings.c
          unsafe parameter.shrinking = 1
          if let reason = unsafe svm_check_parameter(&problem, &parameter) {
            outcome = .failure(.refused(kind: .kernelSVM, reason: unsafe String(cString: reason)))
            return
          }
          guard let model = unsafe svm_train(&problem, &parameter) else {
            outcome = .failure(.refused(kind: .kernelSVM, reason: "libsvm gave no model"))
            return
          }
          unsafe outcome = .success(
            KernelSVM(model.pointee, rows: sorted, classes: classes, settings, gamma))
          var pointer: UnsafeMutablePointer<svm_model>? = unsafe model
          unsafe svm_free_and_destroy_model(&pointer)
        }
      }
    }
    self = try outcome.get()
  }

  /// Reads a model that libsvm trained on `rows`, in which every class occurs.
  private init(
    _ model: svm_model, rows: Matrix<Float>, classes: Int, _ settings: KernelSVMSettings,
    _ gamma: Double
  ) {
    let count = Int(unsafe model.l)
    let indices = (0..<count).map { Int(unsafe model.sv_indices[$0]) - 1 }
    let coefficients = Matrix<Double>(rows: max(classes - 1, 0), columns: count) { i, s in
      unsafe model.sv_coef[i]?[s] ?? 0
    }
    self.init(
      settings: settings, gamma: gamma, supportVectors: rows.selectingRows(indices),
      counts: (0..<classes).map { Int(unsafe model.nSV[$0]) }, coefficients: coefficients,
      rho: (0..<(classes * (classes - 1) / 2)).map { unsafe model.rho[$0] })
  }
}

extension KernelSVMSettings.Kernel {
  fileprivate var number: Int32 {
    switch self {
    case .rbf: Int32(RBF)
    case .poly: Int32(POLY)
    case .sigmoid: Int32(SIGMOID)
    }
  }
}
