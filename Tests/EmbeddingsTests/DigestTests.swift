import Embeddings
import Foundation
import TensorFiles
import TestFolders
import Testing

@Suite struct DigestTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// FIPS 180-2, appendix B: the three published examples.
  @Test func publishedExamples() {
    #expect(
      SHA256Digest.hex(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256Digest.hex(of: Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      SHA256Digest.hex(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// Sizes around the blocks of 1 and 16 MiB: a file gives what its bytes in memory give, read or mapped.
  @Test(arguments: [
    0, 1, 4095, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000, (1 << 24) + 1,
  ])
  func fileEqualsMemory(count: Int) throws {
    var bytes = [UInt8](repeating: 0, count: count)
    for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: i &* 31 &+ i >> 8) }
    let path = try folder.write("bytes", bytes)
    let expected = SHA256Digest.hex(of: bytes)
    #expect(try SHA256Digest.hex(ofFile: path) == expected)
    #expect(try SHA256Digest.hex(of: MappedFile(path: path)) == expected)
  }

  @Test func missingFileAndFolderAreNamed() throws {
    #expect(throws: DigestError.self) { try SHA256Digest.hex(ofFile: folder.path + "/none") }
    let error = #expect(throws: DigestError.self) { try SHA256Digest.hex(ofFile: folder.path) }
    #expect(error?.description.contains(folder.path) == true)
    #expect(error?.description.contains("not a regular file") == true)
  }
}
