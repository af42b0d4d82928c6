/// The settings of one rival head.
public enum BaselineSettings: Sendable, Equatable {
  /// Of k nearest neighbours.
  case knn(KNNSettings)
  /// Of the linear machine.
  case linearSVM(LinearSVMSettings)
  /// Of the machine with a kernel.
  case kernelSVM(KernelSVMSettings)
  /// Of the network.
  case nn(NetworkSettings)

  /// Which head they are of.
  public var kind: BaselineKind {
    switch self {
    case .knn: .knn
    case .linearSVM: .linearSVM
    case .kernelSVM: .kernelSVM
    case .nn: .nn
    }
  }

  /// Whether the inputs are standardised.
  public var standardise: Bool {
    switch self {
    case .knn(let settings): settings.standardise
    case .linearSVM(let settings): settings.standardise
    case .kernelSVM(let settings): settings.standardise
    case .nn(let settings): settings.standardise
    }
  }

  /// - Throws: `BaselineError.setting`: the first one that is out of its range.
  public func validate() throws(BaselineError) {
    func need(
      _ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ wanted: String
    ) throws(BaselineError) {
      guard holds else {
        throw .setting(kind: kind, name: name, value: value.description, wanted: wanted)
      }
    }
    switch self {
    case .knn(let s): try need(s.k >= 1, "k", s.k, "1 or more")
    case .linearSVM(let s):
      try need(s.c > 0 && s.c.isFinite, "C", s.c, "a number above 0")
      try need(
        s.tolerance > 0 && s.tolerance.isFinite, "tolerance", s.tolerance, "a number above 0")
    case .kernelSVM(let s):
      try need(s.c > 0 && s.c.isFinite, "C", s.c, "a number above 0")
      try need((1...100).contains(s.degree), "degree", s.degree, "1 to 100")
      try need(
        s.tolerance > 0 && s.tolerance.isFinite, "tolerance", s.tolerance, "a number above 0")
    case .nn(let s):
      try need(
        s.learningRate > 0 && s.learningRate.isFinite, "learning_rate", s.learningRate,
        "a number above 0")
      try need(
        s.weightDecay >= 0 && s.weightDecay.isFinite, "weight_decay", s.weightDecay, "0 or more")
      try need(s.epochs >= 1, "epochs", s.epochs, "1 or more")
      try need(s.batchSize >= 1, "batch_size", s.batchSize, "1 or more")
      try need((1...65_536).contains(s.hidden), "hidden", s.hidden, "1 to 65536")
      try need((0..<1).contains(s.dropout), "dropout", s.dropout, "0 or more and below 1")
    }
  }
}

extension BaselineSettings: Codable {
  private enum CodingKeys: String, CodingKey { case kind }

  /// Reads what `encode` wrote; ranges are not checked.
  public init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: CodingKeys.self).decode(BaselineKind.self, forKey: .kind)
    {
    case .knn: self = .knn(try KNNSettings(from: decoder))
    case .linearSVM: self = .linearSVM(try LinearSVMSettings(from: decoder))
    case .kernelSVM: self = .kernelSVM(try KernelSVMSettings(from: decoder))
    case .nn: self = .nn(try NetworkSettings(from: decoder))
    }
  }

  /// The settings' own keys, and `kind`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .knn(let settings): try settings.encode(to: encoder)
    case .linearSVM(let settings): try settings.encode(to: encoder)
    case .kernelSVM(let settings): try settings.encode(to: encoder)
    case .nn(let settings): try settings.encode(to: encoder)
    }
  }
}
