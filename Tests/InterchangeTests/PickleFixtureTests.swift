import Cronos
import Foundation
import LinearAlgebra
import TensorFiles
import Testing

@testable import Interchange

/// The folder of pickles that jaxcld made, of old and new jax (README.md there), and hostile ones.
let pickleFixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Fixtures/pickle").path

@Suite struct PickleFixtureTests {
  @Test(arguments: [
    ("model", "model", 4), ("model-protocol2", "model", 2), ("model-protocol5", "model", 5),
    ("model-oldjax", "model-oldjax", 4),
  ])
  func headsAreReadExactly(name: String, expected: String, version: Int) throws {
    let object = try PickledObject(path: "\(pickleFixtures)/\(name).pkl")
    #expect(object.className == "jaxcld.models.cvx_relu_mlp.CVX_ReLU_MLP")
    #expect(object.protocolVersion == version)
    let model = try JAXCLDModel(object)
    let truth = try SafetensorsFile(path: "\(pickleFixtures)/\(expected).expected.safetensors")
    #expect(model.head.theta1 == (try truth.floats("theta1")))
    #expect(model.head.outputWeights.elements == (try truth.floats("theta2")))
    #expect((model.neurons, model.beta, model.rho) == (4, 0.001, 0.1))
    for key in ["v", "d_diags"] {
      guard case .array(let array) = object.attributes[key] else {
        Issue.record("\(key) is \(object.attributes[key]?.summary ?? "missing")")
        continue
      }
      #expect(array.shape == truth.entry(key)?.shape)
      #expect(try array.floats(key) == truth.floats(key))
    }
    let features = try truth.floats("features")
    let logits = model.head.logits(Matrix(rows: features.count / 16, columns: 16, features))
    for (ours, theirs) in zip(logits.elements, try truth.floats("logits")) {
      // The fixture's own tolerance; its README says so.
      #expect(abs(ours - theirs) <= 1e-5)
    }
    let rows = try #require(try model.rows())
    #expect(rows.features.shape == [60, 16])
    #expect(Set(rows.labels) == [0, 1, 2, 3, 4])
    let validation = try #require(try model.rows(isValidation: true))
    #expect(validation.features.elements == features)
  }

  @Test(arguments: [
    ("bad-os-system", "os.system"), ("bad-truncated", "25212 bytes are announced"),
    ("bad-huge-length", "1152921504606846976 bytes are announced"),
  ])
  func hostileFilesAreRefused(name: String, words: String) throws {
    let error = #expect(throws: PickleError.self) {
      try PickledObject(path: "\(pickleFixtures)/\(name).pkl")
    }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: "UNPICKLED.txt"))
  }

  /// Every cut of a real file ends in an error, and no changed byte in a crash. The seed is another each
  /// time, and an argument, so that it is told before anything can go wrong.
  @Test(arguments: [UInt64.random(in: .min ... .max)])
  func damagedFiles(seed: UInt64) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(pickleFixtures)/model-protocol2.pkl"))
    for count in stride(from: 0, to: whole.count, by: 97) {
      #expect(throws: PickleError.self) {
        try PickledObject(data: whole.prefix(count), name: "cut")
      }
    }
    var state = seed
    func next() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33)
    }
    for _ in 0..<300 {
      var damaged = whole
      for _ in 0..<3 { damaged[next() % damaged.count] = UInt8(next() & 0xFF) }
      _ = (try? PickledObject(data: damaged, name: "damaged")).flatMap { try? JAXCLDModel($0) }
    }
  }
}
