import Baselines
import Evaluation

extension BaselineSpace {
  /// Reads `knn`, `linear_svm`, `kernel_svm` and `nn` of `evaluation`. Where a list is searched, a
  /// single value stands for a list of one.
  /// - Throws: `ConfigError` or `BaselineError`: the key and what is wrong with it.
  init(_ evaluation: ConfigSection) throws {
    self.init()
    let knn = try evaluation.section(BaselineKind.knn.section)
    self.knn.k = try knn.integers("k", default: self.knn.k)
    self.knn.metric = try knn.choices("metric", default: self.knn.metric)
    self.knn.weights = try knn.choices("weights", default: self.knn.weights)
    self.knn.standardise = try knn.bool("standardise", default: self.knn.standardise)
    try knn.finish()

    let linear = try evaluation.section(BaselineKind.linearSVM.section)
    linearSVM.c = try linear.numbers("C", default: linearSVM.c)
    linearSVM.tolerance = try linear.number("tolerance", default: linearSVM.tolerance)
    linearSVM.standardise = try linear.bool("standardise", default: linearSVM.standardise)
    try linear.finish()

    let kernel = try evaluation.section(BaselineKind.kernelSVM.section)
    kernelSVM.kernel = try kernel.choices("kernel", default: kernelSVM.kernel)
    kernelSVM.c = try kernel.numbers("C", default: kernelSVM.c)
    kernelSVM.gamma = try kernel.choices("gamma", default: kernelSVM.gamma)
    kernelSVM.degree = try kernel.integer("degree", default: kernelSVM.degree)
    kernelSVM.tolerance = try kernel.number("tolerance", default: kernelSVM.tolerance)
    kernelSVM.standardise = try kernel.bool("standardise", default: kernelSVM.standardise)
    try kernel.finish()

    let network = try evaluation.section(BaselineKind.nn.section)
    self.network.learningRate = try network.numbers(
      "learning_rate", default: self.network.learningRate)
    self.network.weightDecay = try network.numbers(
      "weight_decay", default: self.network.weightDecay)
    self.network.epochs = try network.integers("epochs", default: self.network.epochs)
    self.network.hidden = try network.integer("hidden", default: self.network.hidden)
    self.network.dropout = try network.number("dropout", default: self.network.dropout)
    self.network.batchSize = try network.integer("batch_size", default: self.network.batchSize)
    self.network.seed = try network.integer("seed", default: self.network.seed)
    self.network.standardise = try network.bool("standardise", default: self.network.standardise)
    try network.finish()

    for kind in BaselineKind.allCases {
      for candidate in candidates(kind) { try candidate.validate() }
    }
  }

  /// The sections by their keys.
  var json: [String: JSONValue] {
    func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
    func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
    func names<E: RawRepresentable>(_ values: [E]) -> JSONValue where E.RawValue == String {
      .array(values.map { .string($0.rawValue) })
    }
    return [
      BaselineKind.knn.section: [
        "k": integers(knn.k), "metric": names(knn.metric), "weights": names(knn.weights),
        "standardise": .bool(knn.standardise),
      ],
      BaselineKind.linearSVM.section: [
        "C": numbers(linearSVM.c), "tolerance": .number(linearSVM.tolerance),
        "standardise": .bool(linearSVM.standardise),
      ],
      BaselineKind.kernelSVM.section: [
        "kernel": names(kernelSVM.kernel), "C": numbers(kernelSVM.c),
        "gamma": names(kernelSVM.gamma), "degree": .integer(kernelSVM.degree),
        "tolerance": .number(kernelSVM.tolerance), "standardise": .bool(kernelSVM.standardise),
      ],
      BaselineKind.nn.section: [
        "learning_rate": numbers(network.learningRate),
        "weight_decay": numbers(network.weightDecay), "epochs": integers(network.epochs),
        "hidden": .integer(network.hidden), "dropout": .number(network.dropout),
        "batch_size": .integer(network.batchSize), "seed": .integer(network.seed),
        "standardise": .bool(network.standardise),
      ],
    ]
  }
}
