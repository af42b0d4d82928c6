import Foundation
import TensorFiles
import Testing

@testable import Interchange

/// The inputs that libFuzzer kept (Fuzz/corpus): each reaches some branch that the others do not. All
/// end in a value or an error.
@Suite struct FuzzCorpusTests {
  private func inputs(_ reader: String) throws -> [URL] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fuzz/corpus/\(reader)")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    try #require(!files.isEmpty)
    return files
  }

  private func readAll(_ array: NumericArray) {
    // Exactly one of the two is what the type allows.
    let floats = try? array.floats("array")
    let integers = try? array.integers("array")
    #expect(floats == nil || integers == nil)
    #expect((floats?.count ?? array.count) == array.count)
    #expect((integers?.count ?? array.count) == array.count)
  }

  @Test func pickles() throws {
    for file in try inputs("pickle") {
      guard let object = try? PickledObject(data: Data(contentsOf: file), name: "p") else {
        continue
      }
      for attribute in object.attributes.values {
        if case .array(let array) = attribute { readAll(array) }
      }
      _ = try? JAXCLDModel(object).rows()
    }
  }

  @Test func arrays() throws {
    for file in try inputs("npy") {
      guard let array = try? NPYFile(data: Data(contentsOf: file), name: "a") else { continue }
      if let numbers = try? array.numbers() { readAll(numbers) } else { _ = try array.strings() }
    }
  }

  @Test func archives() throws {
    for file in try inputs("npz") {
      guard let archive = try? NPZFile(data: Data(contentsOf: file), name: "z") else { continue }
      for name in archive.names {
        if let numbers = try? archive.array(name).numbers() { readAll(numbers) }
      }
    }
  }

  @Test func tensors() throws {
    for input in try inputs("safetensors") {
      guard let file = try? SafetensorsFile(path: input.path) else { continue }
      for name in file.names {
        let count = file.entry(name)?.elementCount
        if let floats = try? file.floats(name) { #expect(floats.count == count) }
        if let integers = try? file.integers(name) { #expect(integers.count == count) }
      }
    }
  }
}
