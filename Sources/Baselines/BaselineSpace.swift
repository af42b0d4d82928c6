/// What is searched for each rival head: every combination of the lists, unless told the paper's grids
/// (Feng et al., ICML 2026, appendix). A list of one value is a setting.
public struct BaselineSpace: Sendable, Equatable {
  public struct KNN: Sendable, Equatable {
    public var k = [3, 5, 7, 11, 15, 21]
    public var metric = KNNSettings.Metric.allCases
    public var weights = KNNSettings.Weighting.allCases
    public var standardise = true
  }

  public struct LinearSVM: Sendable, Equatable {
    public var c = [0.01, 0.1, 1, 10, 100]
    public var tolerance = 1e-4
    public var standardise = true
  }

  public struct KernelSVM: Sendable, Equatable {
    public var kernel = KernelSVMSettings.Kernel.allCases
    public var c = [0.1, 1, 10, 100]
    public var gamma = KernelSVMSettings.Gamma.allCases
    public var degree = 3
    public var tolerance = 1e-3
    public var standardise = true
  }

  public struct Network: Sendable, Equatable {
    public var learningRate = [1e-4, 3e-4, 1e-3, 3e-3]
    public var weightDecay = [0, 1e-5, 1e-4, 1e-3]
    public var epochs = [5, 10, 20]
    public var hidden = 256
    public var dropout = 0.1
    public var batchSize = 256
    public var seed = 0
    public var standardise = false
  }

  public var knn = KNN()
  public var linearSVM = LinearSVM()
  public var kernelSVM = KernelSVM()
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
