import Foundation
import Testing

@testable import TensorFiles

/// Arrays that NumPy wrote (Tests/Fixtures/npy/make.py), and ours.
@Suite struct NPYTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/npy").path

  func file(_ name: String) throws -> NPYFile { try NPYFile(path: "\(Self.folder)/\(name).npy") }

  @Test func numbersOfEachKind() throws {
    let grid = (0..<24).map { $0 }
    #expect(try file("float32").shape == [2, 3, 4])
    #expect(try file("float32").floats() == grid.map { Float($0) / 8 })
    #expect(
      try file("float16").floats() == [
        0.5, -2, 65504, Float(sign: .plus, exponent: -24, significand: 1),
      ])
    #expect(try file("int64").integers() == [-1, 1 << 40])
    #expect(try file("bool").integers() == [1, 0])
    #expect(try file("version2").integers() == [7, 8])
    #expect(try file("scalar").shape == [])
    #expect(try file("scalar").doubles() == [2.5])
    #expect(try file("empty").shape == [0, 3])
    #expect(try file("empty").floats().isEmpty)
    #expect(try file("text").strings() == ["en", "zh-CN", "हिन्दी", ""])
  }

  /// The first index runs fastest in the file, and not in what is read.
  @Test func fortranOrder() throws {
    #expect(try file("float64-fortran").doubles() == (0..<24).map { Double($0) - 0.5 })
  }

  @Test(arguments: [
    ("big-endian", "big-endian"), ("structured", "structured"), ("object", "'|O' are not read"),
  ])
  func refusals(name: String, words: String) {
    let error = #expect(throws: TensorFileError.self) { try file(name) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test func typesAreChecked() throws {
    #expect(throws: TensorFileError.self) { try file("int64").floats() }
    #expect(throws: TensorFileError.self) { try file("float32").integers() }
    #expect(throws: TensorFileError.self) { try file("float32").strings() }
    #expect(throws: TensorFileError.self) { try file("text").floats() }
  }

  @Test func damagedFiles() throws {
    let whole = NPYWriter.data(shape: [2, 2], floats: [1, 2, 3, 4])
    for count in [0, 5, 9, 60, whole.count - 1] {
      #expect(throws: TensorFileError.self) {
        try NPYFile(data: whole.prefix(count), name: "cut")
      }
    }
    #expect(throws: TensorFileError.self) { try NPYFile(data: whole + [0], name: "long") }
    #expect(throws: TensorFileError.self) { try NPYFile(path: Self.folder + "/none.npy") }
  }

  @Test func whatIsWrittenIsRead() throws {
    let floats: [Float] = [1.5, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 3, .nan]
    let data = NPYWriter.data(shape: [2, 3], floats: floats)
    #expect((data.count - 24) % 64 == 0)
    let file = try NPYFile(data: data, name: "a")
    #expect(file.shape == [2, 3] && file.elementType == .float32)
    #expect(try file.floats().map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(
      try NPYFile(data: NPYWriter.data(shape: [], int32s: [-3]), name: "c").integers() == [-3])
    // NumPy's own bytes.
    let numpy = try Data(contentsOf: URL(fileURLWithPath: Self.folder + "/float32.npy"))
    #expect(NPYWriter.data(shape: [2, 3, 4], floats: (0..<24).map { Float($0) / 8 }) == numpy)
  }
}
