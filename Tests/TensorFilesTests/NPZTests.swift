import Foundation
import TestFolders
import Testing

@testable import TensorFiles

/// Archives that NumPy wrote (Fixtures/npz/make.py), ours, and broken ones.
@Suite struct NPZTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/npz").path

  @Test(arguments: ["stored", "deflated", "zip64"])
  func whatNumPyWrote(name: String) throws {
    let file = try NPZFile(path: "\(Self.folder)/\(name).npz")
    #expect(Array(file.names.prefix(3)) == ["X", "y", "names"])
    #expect(try file.array("X").shape == [4, 3])
    #expect(try file.array("X").doubles() == (0..<12).map { Double($0) / 4 })
    #expect(try file.array("y").integers() == [0, 1, 1, 0])
    #expect(try file.array("names").strings() == ["en", "हिन्दी", "en", "zh-CN"])
    let layout = try file.layout("names")
    #expect(layout.elementType == nil && layout.shape == [4])
    if name != "stored" {
      #expect(try file.layout("zeros").shape == [100, 50])
      #expect(try file.array("zeros").floats() == [Float](repeating: 0, count: 5000))
    }
    #expect(try file.first(of: ["embeddings", "X"])?.shape == [4, 3])
    #expect(try file.first(of: ["embeddings"]) == nil)
    #expect(throws: TensorFileError.missing(path: file.path, tensor: "z")) { try file.array("z") }
  }

  @Test func whatWeWrite() throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder("x.npz")
    var writer = NPZWriter()
    writer.add("a", NPYWriter.data(shape: [2, 2], floats: [1, 2, 3, 4]))
    writer.add("नाम", NPYWriter.data(shape: [2], strings: ["", "🙂é"]))
    try writer.write(to: path)
    let file = try NPZFile(path: path)
    #expect(file.names == ["a", "नाम"])
    #expect(try file.array("a").floats() == [1, 2, 3, 4])
    #expect(try file.array("नाम").strings() == ["", "🙂é"])
    try NPZWriter().write(to: path)
    #expect(try NPZFile(path: path).names == [])
  }

  /// Cut anywhere, or a byte changed anywhere: an error or the same numbers, never a crash.
  @Test(arguments: ["stored", "deflated", "zip64"])
  func damaged(name: String) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name).npz"))
    for count in 0..<whole.count {
      #expect(throws: TensorFileError.self) { try NPZFile(data: whole.prefix(count), name: "cut") }
    }
    for i in 0..<whole.count {
      var bytes = whole
      bytes[i] ^= 0x41
      guard let file = try? NPZFile(data: bytes, name: "changed") else { continue }
      for array in file.names {
        _ = try? file.layout(array)
        guard array == "X", let numbers = try? file.array(array).doubles() else { continue }
        #expect(numbers == (0..<12).map { Double($0) / 4 }, "byte \(i)")
      }
    }
  }

  /// A deflated entry that claims to unpack to more than its bytes can be.
  @Test func hugeClaims() throws {
    let packed = Data([0x03, 0x00])  // nothing, deflated
    #expect(Inflate.unpack(packed, size: 0) == Data())
    #expect(Inflate.unpack(packed, size: 1 << 40) == nil)
    #expect(Inflate.unpack(packed, size: .max) == nil)
    #expect(Inflate.unpack(Data([0xFF, 0xFF]), size: 10) == nil)
    #expect(Inflate.unpack(Data(), size: 0) == nil)
  }

  /// Text of no width could be announced any number of times by a few bytes.
  @Test func emptyCells() throws {
    let header = "{'descr': '<U0', 'fortran_order': False, 'shape': (1152921504606846976,), }\n"
    let npy =
      Data(NPYHeader.magic + [1, 0, UInt8(header.utf8.count), 0]) + Data(header.utf8)
    #expect(throws: TensorFileError.self) { try NPYFile(data: npy, name: "u0") }
  }
}
