import Foundation

/// A graph of ONNX operators, written as a model (onnx.proto; the numbers are its field numbers).
struct ONNXGraph {
  /// Version of the format, and of the operator set.
  static let irVersion = 8
  static let opset = 17

  private enum DataType: Int {
    case float = 1
    case int64 = 7
  }

  /// A side of an input or output: its length, or a name where any will do.
  enum Side {
    case length(Int)
    case any(String)
  }

  let name: String
  private var nodes: [ProtobufWriter] = []
  private var initializers: [ProtobufWriter] = []
  private var inputs: [ProtobufWriter] = []
  private var outputs: [ProtobufWriter] = []

  init(name: String) { self.name = name }

  /// - Parameter attributes: whole numbers by name.
  mutating func add(
    _ operation: String, _ inputs: [String], to output: String, _ attributes: [String: Int] = [:]
  ) {
    nodes.append(
      .message { node in
        for input in inputs { node.add(1, input) }
        node.add(2, output)
        node.add(3, output)
        node.add(4, operation)
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
          node.add(
            5,
            .message {
              $0.add(1, name)
              $0.add(3, value)
              $0.add(20, 2)  // INT
            })
        }
      })
  }

  mutating func addConstant(_ name: String, shape: [Int], floats: [Float]) {
    addConstant(name, shape, .float, unsafe floats.withUnsafeBytes { unsafe Data($0) })
  }

  mutating func addConstant(_ name: String, int64s: [Int64]) {
    addConstant(name, [int64s.count], .int64, unsafe int64s.withUnsafeBytes { unsafe Data($0) })
  }

  private mutating func addConstant(
    _ name: String, _ shape: [Int], _ type: DataType, _ bytes: Data
  ) {
    initializers.append(
      .message { tensor in
        for side in shape { tensor.add(1, side) }
        tensor.add(2, type.rawValue)
        tensor.add(8, name)
        tensor.add(9, bytes)
      })
  }

  mutating func addInput(_ name: String, _ shape: [Side]) { inputs.append(Self.value(name, shape)) }
  mutating func addOutput(_ name: String, _ shape: [Side]) {
    outputs.append(Self.value(name, shape))
  }

  private static func value(_ name: String, _ shape: [Side]) -> ProtobufWriter {
    let sides = ProtobufWriter.message { sides in
      for side in shape {
        sides.add(
          1,
          .message {
            switch side {
            case .length(let length): $0.add(1, length)
            case .any(let name): $0.add(2, name)
            }
          })
      }
    }
    let tensor = ProtobufWriter.message {
      $0.add(1, DataType.float.rawValue)
      $0.add(2, sides)
    }
    return .message {
      $0.add(1, name)
      $0.add(2, ProtobufWriter.message { $0.add(1, tensor) })
    }
  }

  /// The whole model.
  /// - Parameter metadata: what tools show beside it.
  func model(producer: String, version: String, metadata: [String: String]) -> Data {
    let graph = ProtobufWriter.message { graph in
      for node in nodes { graph.add(1, node) }
      graph.add(2, name)
      for initializer in initializers { graph.add(5, initializer) }
      for input in inputs { graph.add(11, input) }
      for output in outputs { graph.add(12, output) }
    }
    return ProtobufWriter.message { model in
      model.add(1, Self.irVersion)
      model.add(2, producer)
      model.add(3, version)
      model.add(7, graph)
      model.add(
        8,
        ProtobufWriter.message {
          $0.add(1, "")
          $0.add(2, Self.opset)
        })
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        model.add(
          14,
          ProtobufWriter.message {
            $0.add(1, key)
            $0.add(2, value)
          })
      }
    }.data
  }
}
