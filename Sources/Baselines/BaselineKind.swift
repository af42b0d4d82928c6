/// The rivals of the convex head, by the name that configs, commands and head files have for them.
public enum BaselineKind: String, Sendable, CaseIterable, Codable {
  /// k nearest neighbours.
  case knn
  /// liblinear's linear support vector machine.
  case linearSVM = "linear-svm"
  /// libsvm's support vector machine with a kernel.
  case kernelSVM = "kernel-svm"
  /// A network of one hidden layer.
  case nn

  /// For tables.
  public var title: String {
    switch self {
    case .knn: "kNN"
    case .linearSVM: "linear SVM"
    case .kernelSVM: "kernel SVM"
    case .nn: "NN"
    }
  }
}

extension BaselineKind {
  /// The kind's key in the config.
  public var section: String { rawValue.split(separator: "-").joined(separator: "_") }
}
