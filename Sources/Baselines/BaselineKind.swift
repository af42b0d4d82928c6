/// The rivals of the convex head, by the name that configs, commands and head files have for them.
public enum BaselineKind: String, Sendable, CaseIterable, Codable {
  case knn
  case linearSVM = "linear-svm"
  case kernelSVM = "kernel-svm"
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
