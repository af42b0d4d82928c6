import Cronos
import TensorFiles

/// A convex head as an npz archive that `numpy.load` opens without pickle: `theta1` (C, d, U),
/// `theta2` (C, U), `gates` (d, U) of a gated head, `languages` (C) and `metadata`, a JSON text.
public enum NPZHead {
  /// - Throws: `TensorFileError.unwritable`.
  public static func write(
    _ head: ConvexHead, languages: [String], metadata: String, to path: String
  ) throws(TensorFileError) {
    var file = NPZWriter()
    file.add(
      "theta1",
      NPYWriter.data(shape: [head.classes, head.dimension, head.units], floats: head.theta1))
    file.add(
      "theta2",
      NPYWriter.data(shape: head.outputWeights.shape, floats: head.outputWeights.elements))
    if let gates = head.gates {
      file.add("gates", NPYWriter.data(shape: gates.shape, floats: gates.elements))
    }
    file.add("languages", NPYWriter.data(shape: [languages.count], strings: languages))
    file.add("metadata", NPYWriter.data(shape: [], strings: [metadata]))
    try file.write(to: path)
  }
}
