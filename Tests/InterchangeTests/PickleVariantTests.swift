import Foundation
import Testing

@testable import Interchange

/// Pickles that Python wrote in every protocol (Fixtures/pickle-variants/make.py): all hold the same
/// weights, k/8 in steps.
@Suite struct PickleVariantTests {
  static let folder = pickleFixtures + "-variants"

  private func read(_ name: String) throws -> JAXCLDModel {
    try JAXCLDModel(PickledObject(path: "\(Self.folder)/\(name).pkl"))
  }

  @Test(
    arguments: (0...5).flatMap {
      ["jax-protocol\($0)", "numpy-protocol\($0)", "extras-protocol\($0)"]
    }
      + ["float64", "float16", "bfloat16", "big-endian", "fortran", "fortran-protocol5"])
  func sameWeights(name: String) throws {
    let model = try read(name)
    #expect(model.head.theta1 == (0..<24).map { Float($0) / 8 - 1 })
    #expect(model.head.outputWeights.shape == [2, 4])
    #expect(model.head.outputWeights.elements == (0..<8).map { Float($0) / 8 - 0.5 })
    #expect((model.neurons, model.beta, model.rho) == (2, 0.5, 0.1))
    #expect(try model.rows() == nil)
  }

  @Test(arguments: 0...5)
  func otherAttributes(version: Int) throws {
    let attributes = try read("extras-protocol\(version)").object.attributes
    let summaries = attributes.mapValues(\.summary)
    #expect(summaries["labels"] == "a list of 3")
    #expect(summaries["long_list"] == "a list of 300")
    #expect(summaries["loop"] == "a list of 1")
    #expect(summaries["flags"] == "a tuple of 2")
    #expect(summaries["nested"] == "a dictionary of 1")
    #expect(summaries["blob"] == "0 bytes")
    #expect(summaries["empty"] == "F32 [0, 3]")
    #expect(attributes["wide"]?.wholeNumber == 1 << 40)
    #expect(attributes["negative"]?.wholeNumber == -(1 << 40))
    #expect(attributes["tiny"]?.wholeNumber == -3)
    #expect(attributes["half"]?.double == 0.5)
    #expect(attributes["scalar"]?.wholeNumber == 7)
    #expect(summaries["note"] == "हिन्दी \\u0041 \n".debugDescription)
  }

  @Test(arguments: [
    ("untrained", "was never trained: its 'theta1' is None"), ("set", "the opcode EMPTY_SET"),
    ("objects", "arrays of dtype 'O8' are not read"),
  ])
  func refusals(name: String, words: String) throws {
    let error = #expect(throws: PickleError.self) { try read(name) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }
}
