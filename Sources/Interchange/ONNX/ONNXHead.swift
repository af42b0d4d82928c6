import Cronos
import Foundation

/// A convex head as an ONNX model: `embeddings` (N, d) → `logits` (N, C), float32, any N.
public enum ONNXHead {
  /// The operator set that a reader needs.
  public static var opset: Int { ONNXGraph.opset }

  /// The model. ReLU and gated heads are made of the same parts:
  ///
  ///     units  = Reshape(embeddings·θ₁)          (N, C, U)
  ///     hidden = Relu(units), or units·Cast(embeddings·gates ≥ 0)
  ///     logits = ReduceSum(hidden·θ₂, axis 2)    (N, C)
  ///
  /// - Parameters:
  ///   - version: of the program, recorded as the producer's.
  ///   - metadata: recorded beside `languages`.
  public static func data(
    _ head: ConvexHead, languages: [String], version: String, metadata: [String: String] = [:]
  ) -> Data {
    let (classes, d, units) = (head.classes, head.dimension, head.units)
    var graph = ONNXGraph(name: "cld-head")
    graph.addInput("embeddings", [.any("N"), .length(d)])
    graph.addOutput("logits", [.any("N"), .length(classes)])
    graph.addConstant(
      "theta1", shape: [d, classes * units], floats: head.hiddenWeights.elements)
    graph.addConstant(
      "theta2", shape: [classes, units], floats: head.outputWeights.elements)
    // 0: as the input has it.
    graph.addConstant("by_class", int64s: [0, Int64(classes), Int64(units)])
    graph.addConstant("unit_axis", int64s: [2])

    graph.add("MatMul", ["embeddings", "theta1"], to: "projections")
    graph.add("Reshape", ["projections", "by_class"], to: "units")
    if let gates = head.gates {
      graph.addConstant("gates", shape: gates.shape, floats: gates.elements)
      graph.addConstant("zero", shape: [], floats: [0])
      graph.addConstant("class_axis", int64s: [1])
      graph.add("MatMul", ["embeddings", "gates"], to: "gate_projections")
      graph.add("GreaterOrEqual", ["gate_projections", "zero"], to: "open")
      graph.add("Cast", ["open"], to: "open_float", ["to": 1])
      graph.add("Unsqueeze", ["open_float", "class_axis"], to: "open_units")
      graph.add("Mul", ["units", "open_units"], to: "hidden")
    } else {
      graph.add("Relu", ["units"], to: "hidden")
    }
    graph.add("Mul", ["hidden", "theta2"], to: "weighted")
    graph.add("ReduceSum", ["weighted", "unit_axis"], to: "logits", ["keepdims": 0])
    return graph.model(
      producer: "cld-train", version: version,
      metadata: metadata.merging(["languages": languages.joined(separator: ",")]) { $1 })
  }
}
