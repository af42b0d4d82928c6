import Cronos
import Foundation
import LinearAlgebra
import TensorFiles
import TestFolders
import Testing

@testable import Interchange

/// What is exported, read back. That jaxcld and onnxruntime read it, too, is what `make interop` tries.
@Suite struct HeadExportTests {
  private func head(gated: Bool = false) -> ConvexHead {
    ConvexHead(
      hiddenWeights: Matrix(rows: 5, columns: 3 * 4) { Float(12 * $0 + $1) / 8 - 3 },
      outputWeights: Matrix(rows: 3, columns: 4) { Float(4 * $0 + $1) / 8 - 0.5 },
      gates: gated ? Matrix(rows: 5, columns: 4) { Float($0 - $1) / 4 } : nil)
  }

  @Test func jaxcldPickle() throws {
    let data = try #require(JAXCLDPickle.data(head(), beta: 1e-3, rho: 0.1))
    let model = try JAXCLDModel(PickledObject(data: data, name: "p"))
    #expect(model.object.className == "jaxcld.models.cvx_relu_mlp.CVX_ReLU_MLP")
    #expect(model.object.protocolVersion == 4)
    #expect(model.head == head())
    #expect((model.neurons, model.beta, model.rho) == (2, 1e-3, 0.1))
    #expect(model.object.attributes["n_classes"]?.wholeNumber == 3)
    #expect(JAXCLDPickle.data(head(gated: true)) == nil)
  }

  /// θ₁ of a file is (C, d, U); the head's matrix is [d, C·U].
  @Test func theta1IsByClass() {
    let theta1 = head().theta1
    #expect(theta1[0..<4] == [-3, -2.875, -2.75, -2.625])
    // Class 1, component 2, unit 3: row 2, column 7.
    #expect(theta1[(1 * 5 + 2) * 4 + 3] == head().hiddenWeights[2, 7])
    #expect(
      ConvexHead.hiddenWeights(theta1: theta1, classes: 3, dimension: 5, units: 4)
        == head().hiddenWeights)
  }

  @Test(arguments: [false, true])
  func npz(isGated: Bool) throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder("head.npz")
    try NPZHead.write(
      head(gated: isGated), languages: ["en", "hi", "zh-CN"], metadata: "{}", to: path)
    let file = try NPZFile(path: path)
    #expect(try file.array("theta1").shape == [3, 5, 4])
    #expect(try file.array("theta1").floats() == head().theta1)
    #expect(try file.array("theta2").floats() == head().outputWeights.elements)
    #expect(try file.array("languages").strings() == ["en", "hi", "zh-CN"])
    #expect(try file.first(of: ["gates"])?.floats() == head(gated: isGated).gates?.elements)
  }

  @Test func onnx() throws {
    let model = try Message(ONNXHead.data(head(), languages: ["en", "hi", "id"], version: "1"))
    #expect(model.numbers(1) == [8])
    #expect(try model.messages(8).map { $0.numbers(2) } == [[17]])
    let graph = try #require(try model.messages(7).first)
    let operations = try graph.messages(1).flatMap { $0.texts(4) }
    #expect(operations == ["MatMul", "Reshape", "Relu", "Mul", "ReduceSum"])
    let constants = try graph.messages(5)
    #expect(constants.flatMap { $0.texts(8) } == ["theta1", "theta2", "by_class", "unit_axis"])
    #expect(constants[0].numbers(1) == [5, 12])
    #expect(
      constants[0].fields(9) == [head().hiddenWeights.elements.withUnsafeBytes { Data($0) }])
    let properties = try model.messages(14).map { $0.texts(1) + $0.texts(2) }
    #expect(properties == [["languages", "en,hi,id"]])

    let gated = try Message(
      ONNXHead.data(head(gated: true), languages: ["a", "b", "c"], version: "1"))
    #expect(
      try gated.messages(7)[0].messages(1).flatMap { $0.texts(4) } == [
        "MatMul", "Reshape", "MatMul", "GreaterOrEqual", "Cast", "Unsqueeze", "Mul", "Mul",
        "ReduceSum",
      ])
  }

  /// A protobuf message taken apart.
  private struct Message {
    private var varints: [(field: Int, value: Int)] = []
    private var chunks: [(field: Int, value: Data)] = []

    struct Broken: Error {}

    init(_ data: Data) throws {
      var rest = data[...]
      func varint() throws -> Int {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst() {
          value |= UInt64(byte & 0x7F) << shift
          if byte & 0x80 == 0 { return Int(value) }
          shift += 7
        }
        throw Broken()
      }
      while !rest.isEmpty {
        let key = try varint()
        let value = try varint()
        switch key & 7 {
        case 0: varints.append((key >> 3, value))
        case 2:
          guard value <= rest.count else { throw Broken() }
          chunks.append((key >> 3, Data(rest.prefix(value))))
          rest = rest.dropFirst(value)
        default: throw Broken()
        }
      }
    }

    func numbers(_ field: Int) -> [Int] { varints.filter { $0.field == field }.map(\.value) }
    func fields(_ field: Int) -> [Data] { chunks.filter { $0.field == field }.map(\.value) }
    func texts(_ field: Int) -> [String] {
      fields(field).map { String(decoding: $0, as: UTF8.self) }
    }
    func messages(_ field: Int) throws -> [Message] { try fields(field).map(Message.init) }
  }
}
