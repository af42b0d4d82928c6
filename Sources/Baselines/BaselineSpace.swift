/// What is searched for each rival head: every combination of the lists, unless told the paper's grids
/// (Feng et al., ICML 2026, appendix). A list of one value is a setting.
public struct BaselineSpace: Sendable, Equatable {
  /// The lists of kNN: 6 · 3 · 2 candidates.
  public struct KNN: Sendable, Equatable {
    /// Neighbours, each 1 to the number of training rows.
    public var k = [3, 5, 7, 11, 15, 21]
    /// Distances.
    public var metric = KNNSettings.Metric.allCases
    /// What a vote counts.
    public var weights = KNNSettings.Weighting.allCases
    /// Whether the columns are brought to mean 0 and variance 1 first; of all candidates.
    public var standardise = true
  }

  /// The list of the linear machine: 5 candidates.
  public struct LinearSVM: Sendable, Equatable {
    /// Weights of the losses, each above 0.
    public var c = [0.01, 0.1, 1, 10, 100]
    /// liblinear's stopping tolerance, above 0.
    public var tolerance = 1e-4
    /// As for kNN.
    public var standardise = true
  }

  /// The lists of the machine with a kernel: 3 · 4 · 2 candidates.
  public struct KernelSVM: Sendable, Equatable {
    /// Kernels.
    public var kernel = KernelSVMSettings.Kernel.allCases
    /// Weights of the losses, each above 0.
    public var c = [0.1, 1, 10, 100]
    /// Rules for the width of the kernel.
    public var gamma = KernelSVMSettings.Gamma.allCases
    /// Of `poly`, 1 to 100; of all candidates.
    public var degree = 3
    /// libsvm's stopping tolerance, above 0.
    public var tolerance = 1e-3
    /// As for kNN.
    public var standardise = true
  }

  /// The lists of the network: 4 · 4 · 3 candidates.
  public struct Network: Sendable, Equatable {
    /// AdamW's step sizes, each above 0.
    public var learningRate = [1e-4, 3e-4, 1e-3, 3e-3]
    /// AdamW's decays, each 0 or more.
    public var weightDecay = [0, 1e-5, 1e-4, 1e-3]
    /// Passes over the rows, each 1 or more.
    public var epochs = [5, 10, 20]
    /// ReLU units, 1 to 65,536.
    public var hidden = 256
    /// Share of the units that a step leaves out, 0 or more and below 1.
    public var dropout = 0.1
    /// Rows of a step, 1 or more.
    public var batchSize = 256
    /// Of first weights, order of the rows and dropout.
    public var seed = 0
    /// As for kNN.
    public var standardise = false
  }

  /// What is tried of kNN.
  public var knn = KNN()
  /// What is tried of the linear machine.
  public var linearSVM = LinearSVM()
  /// What is tried of the machine with a kernel.
  public var kernelSVM = KernelSVM()
  /// What is tried of the network.
  public var network = Network()

  /// The paper's grids.
  public init() {}

  /// Every combination for one head, in the order of the lists, the last list fastest.
  public func candidates(_ kind: BaselineKind) -> [BaselineSettings] {
    switch kind {
    case .knn:
      knn.metric.flatMap { metric in
        knn.k.flatMap { k in
          knn.weights.map { weights in
            .knn(.init(k: k, metric: metric, weights: weights, standardise: knn.standardise))
          }
        }
      }
    case .linearSVM:
      linearSVM.c.map { c in
        .linearSVM(
          .init(c: c, tolerance: linearSVM.tolerance, standardise: linearSVM.standardise))
      }
    case .kernelSVM:
      kernelSVM.kernel.flatMap { kernel in
        kernelSVM.gamma.flatMap { gamma in
          kernelSVM.c.map { c in
            .kernelSVM(
              .init(
                kernel: kernel, c: c, gamma: gamma, degree: kernelSVM.degree,
                tolerance: kernelSVM.tolerance, standardise: kernelSVM.standardise))
          }
        }
      }
    case .nn:
      network.learningRate.flatMap { rate in
        network.weightDecay.flatMap { decay in
          network.epochs.map { epochs in
            .nn(
              .init(
                learningRate: rate, weightDecay: decay, epochs: epochs,
                batchSize: network.batchSize, hidden: network.hidden, dropout: network.dropout,
                seed: network.seed, standardise: network.standardise))
          }
        }
      }
    }
  }
}
