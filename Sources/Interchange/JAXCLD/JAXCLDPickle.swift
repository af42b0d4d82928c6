import Cronos
import Foundation
import TensorFiles

/// Writes a head as jaxcld's `CVXNNLangDetectHead.load` reads it: a pickled `CVX_ReLU_MLP`.
public enum JAXCLDPickle {
  static let module = "jaxcld.models.cvx_relu_mlp"
  static let className = "CVX_ReLU_MLP"

  /// The pickle, protocol 4. The weights are NumPy arrays, which jax takes and no version of it has to
  /// be guessed for. What only training needs (X, y, patterns, key) is None.
  /// - Parameters:
  ///   - beta, rho: the settings of the training, where they are known.
  /// - Returns: nil for a gated head, which that class cannot be.
  public static func data(_ head: ConvexHead, beta: Double? = nil, rho: Double? = nil) -> Data? {
    guard head.gates == nil else { return nil }
    var pickle = PickleWriter()
    pickle.write(module: module, name: className)
    pickle.op(.emptyTuple)
    pickle.op(.newObj)
    pickle.op(.emptyDict)
    pickle.op(.mark)
    for name in ["X", "y", "seed", "d_diags", "e_diags", "Xtst", "ytst"] {
      pickle.write(name)
      pickle.op(.none)
    }
    pickle.write("P_S")
    pickle.write(head.units / 2)
    pickle.write("beta")
    pickle.write(beta)
    pickle.write("rho")
    pickle.write(rho)
    pickle.write("n_classes")
    pickle.write(head.classes)
    pickle.write("theta1")
    pickle.write(shape: [head.classes, head.dimension, head.units], floats: head.theta1)
    pickle.write("theta2")
    pickle.write(shape: [head.classes, head.units], floats: head.outputWeights.elements)
    pickle.op(.setItems)
    pickle.op(.build)
    pickle.op(.stop)
    return pickle.data
  }
}
