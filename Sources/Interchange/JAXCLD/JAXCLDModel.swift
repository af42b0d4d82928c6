import Cronos
import LinearAlgebra
import TensorFiles

/// jaxcld's `CVX_ReLU_MLP` from a pickle: the head, and what else the object holds.
public struct JAXCLDModel: Sendable {
  /// The pickle as read, with the attributes that are not looked at here.
  public let object: PickledObject
  /// θ₁ as `[d, C·U]` and θ₂ as `[C, U]`, finite, with U = 2·P_S units a class; no gates.
  public let head: ConvexHead
  /// P_S, the hyperplanes, half of the units of a class; nil where the object does not say.
  public let neurons: Int?
  /// β, the weight of the penalty, and ρ, ADMM's; nil where the object does not say.
  public let beta, rho: Double?

  /// Checks that the object is such a model, trained, with weights that fit together.
  /// - Throws: `PickleError`: what is wrong with the pickle or the attribute.
  public init(_ object: PickledObject) throws(PickleError) {
    func wrong(_ reason: String) -> PickleError { .content(path: object.path, reason: reason) }
    guard let name = object.className else {
      throw wrong("it holds a dictionary, where a CVX_ReLU_MLP is needed")
    }
    func weights(_ key: String, axes: Int) throws(PickleError) -> (shape: [Int], [Float]) {
      switch object.attributes[key] {
      case .array(let array):
        guard array.shape.count == axes else {
          throw wrong("'\(key)' has the shape \(array.shape), \(axes) axes are needed")
        }
        do {
          return (array.shape, try array.floats(key))
        } catch {
          throw wrong(
            "'\(key)' holds \(array.elementType.rawValue), no floating-point numbers; "
              + "export it with float weights")
        }
      case nil: throw wrong("the \(name) has no '\(key)'")
      case .some(.none): throw wrong("the \(name) was never trained: its '\(key)' is None")
      case .some(let other): throw wrong("'\(key)' is \(other.summary), not an array")
      }
    }
    let (shape, theta1) = try weights("theta1", axes: 3)
    let (outputShape, theta2) = try weights("theta2", axes: 2)
    let (classes, dimension, units) = (shape[0], shape[1], shape[2])
    guard classes >= 2, dimension > 0, units > 0, units.isMultiple(of: 2) else {
      throw wrong("'theta1' has the shape \(shape), not (2 or more, any, an even number)")
    }
    guard outputShape == [classes, units] else {
      throw wrong("'theta2' has the shape \(outputShape), theta1 is \(shape)")
    }
    for (key, values) in [("theta1", theta1), ("theta2", theta2)] {
      guard values.allSatisfy(\.isFinite) else {
        throw wrong("'\(key)' holds NaN or infinite numbers")
      }
    }
    func check(_ key: String, _ expected: Int) throws(PickleError) {
      guard let found = object.attributes[key]?.wholeNumber else { return }
      guard found == expected else {
        throw wrong("'\(key)' is \(found), theta1 has the shape \(shape)")
      }
    }
    try check("n_classes", classes)
    try check("P_S", units / 2)
    self.object = object
    head = ConvexHead(
      hiddenWeights: ConvexHead.hiddenWeights(
        theta1: theta1, classes: classes, dimension: dimension, units: units),
      outputWeights: Matrix(rows: classes, columns: units, theta2))
    neurons = object.attributes["P_S"]?.wholeNumber
    beta = object.attributes["beta"]?.double
    rho = object.attributes["rho"]?.double
  }

  /// The rows that the object was trained on, or those it was validated on; nil if it has none.
  ///
  /// - Parameter isValidation: `Xtst` and `ytst` in place of `X` and `y`.
  /// - Throws: `PickleError`: rows and labels that do not fit together.
  public func rows(isValidation: Bool = false) throws(PickleError) -> LabelledEmbeddings? {
    let (x, y) = isValidation ? ("Xtst", "ytst") : ("X", "y")
    guard case .array(let features) = object.attributes[x],
      case .array(let labels) = object.attributes[y]
    else { return nil }
    func wrong(_ reason: String) -> PickleError {
      .content(path: object.path, reason: "'\(x)' and '\(y)': \(reason)")
    }
    guard features.shape.count == 2, features.shape[1] == head.dimension,
      labels.shape == [features.shape[0]]
    else { throw wrong("shapes \(features.shape) and \(labels.shape)") }
    do {
      let values = try features.floats(x)
      return try LabelledEmbeddings(
        features: Matrix(rows: features.shape[0], columns: features.shape[1], values),
        labels: try labels.integers(y), classes: head.classes)
    } catch {
      throw wrong("\(error)")
    }
  }
}
