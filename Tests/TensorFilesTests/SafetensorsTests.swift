import Foundation
import TestFolders
import Testing

@testable import TensorFiles

@Suite struct SafetensorsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ header: String, data: [UInt8], length: UInt64? = nil) throws -> String {
    var bytes = Data()
    withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) {
      bytes.append(contentsOf: $0)
    }
    bytes.append(contentsOf: header.utf8)
    bytes.append(contentsOf: data)
    return try folder.write("\(UUID().uuidString).safetensors", bytes)
  }

  @Test func whatIsWrittenIsRead() throws {
    let path = folder("a.safetensors")
    var writer = SafetensorsWriter(metadata: ["languages": "en,हिन्दी", "quote": "\"\\"])
    let floats: [Float] = [1.5, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 3, 4]
    writer.add("x", shape: [2, 3], floats: floats)
    writer.add("scalar", shape: [], doubles: [0.1])
    writer.add("labels", shape: [3], int32s: [-1, 0, .max])
    writer.add("empty", shape: [0, 4], floats: [])
    try writer.write(to: path)

    let file = try SafetensorsFile(path: path)
    #expect(file.names == ["empty", "labels", "scalar", "x"])
    #expect(file.metadata == ["languages": "en,हिन्दी", "quote": "\"\\"])
    #expect(try file.floats("x").map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(try file.doubles("scalar") == [0.1])
    #expect(try file.int32s("labels") == [-1, 0, .max])
    #expect(file.entry("empty")?.shape == [0, 4])
    #expect(try file.floats("empty").isEmpty)
  }

  /// What was copied does not stay in memory twice, and can be read again. Two tensors of 500 pages
  /// that meet in the middle of one.
  @Test func copiedTensorsAreLetGoOf() throws {
    let path = folder("b.safetensors")
    let (a, b) = ((0..<512_001).map { Float($0) }, (0..<511_999).map { Float(-$0) })
    var writer = SafetensorsWriter()
    writer.add("a", shape: [a.count], floats: a)
    writer.add("b", shape: [b.count], floats: b)
    try writer.write(to: path)
    let file = try SafetensorsFile(path: path)
    for _ in 0..<2 {
      #expect(try file.floats("a") == a)
      #expect(try file.floats("b") == b)
    }
    #if os(Linux)
      let kilobytes = try withExtendedLifetime(file) { try #require(Self.resident(path)) }
      // 4,000 of data; what stays is the page that the tensors share, with as many neighbours as the
      // system maps at once: up to 1,000 kB were seen.
      #expect(kilobytes <= 1500)
    #endif
  }

  #if os(Linux)
    /// Kilobytes of a mapped file that are in memory for this process: the least of many looks.
    private static func resident(_ path: String) -> Int? {
      // Other tests map and unmap files while the list is read, which can hide lines of it, so that a
      // look sees nothing or another file's number.
      let looks = (0..<20).map { _ -> Int? in
        let maps = wholeText(of: "/proc/self/smaps")
        let region = maps.split(separator: "\n").drop { !$0.hasSuffix(path) }
        let line = region.first { $0.hasPrefix("Rss:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      }
      return looks.compactMap(\.self).min()
    }

    /// A file of /proc says that it is empty and comes in pieces: Foundation reads only the first.
    private static func wholeText(of path: String) -> String {
      let descriptor = open(path, O_RDONLY)
      defer { close(descriptor) }
      var (bytes, block) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
      while case let count = read(descriptor, &block, block.count), count > 0 {
        bytes += block[..<count]
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  #endif

  @Test func halfPrecisionIsWidenedExactly() throws {
    // Every one of the 65,536 patterns, against the type of the standard library.
    let bits = (0...UInt16.max).map { $0 }
    let data = bits.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let half = try SafetensorsFile(
      path: file(
        #"{"x":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#, data: data))
    let brain = try SafetensorsFile(
      path: file(
        #"{"x":{"dtype":"BF16","shape":[65536],"data_offsets":[0,131072]}}"#, data: data))
    for (bits, (h, b)) in zip(bits, zip(try half.floats("x"), try brain.floats("x"))) {
      #if arch(x86_64)
        let expected = reference(half: bits)
      #else
        let expected = Float(Float16(bitPattern: bits))
      #endif
      #expect(h == expected || (h.isNaN && expected.isNaN))
      let wide = Float(bitPattern: UInt32(bits) << 16)
      #expect(b == wide || (b.isNaN && wide.isNaN))
    }
  }

  /// The definition of binary16, in float64.
  private func reference(half bits: UInt16) -> Float {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
    switch exponent {
    case 0: return Float(sign * fraction * pow(2, -24))
    case 31: return fraction == 0 ? Float(sign) * .infinity : .nan
    default: return Float(sign * (1 + fraction / 1024) * pow(2, Double(exponent - 15)))
    }
  }

  @Test(arguments: [
    (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8 bytes"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}"#, 4, "0..<400"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "4..<0"),
    (#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "whole numbers"),
    (#"{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}"#, 6, "whole numbers"),
    (#"{"x":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}"#, 4, "Q4"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "after the last"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "hole"),
    (
      #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
      6, "overlap"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
      4, "duplicate"
    ),
    (
      #"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, "overflows"
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, "__metadata__"),
    (#"[1]"#, 0, "not an object"),
    (#"{"x":"#, 0, "not JSON"),
    (#"{"x":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, "needs dtype"),
  ])
  func lyingHeadersAreRefused(_ header: String, _ count: Int, _ reason: String) throws {
    let path = try file(header, data: [UInt8](repeating: 0, count: count))
    do {
      _ = try SafetensorsFile(path: path)
      Issue.record("accepted: \(header)")
    } catch {
      #expect("\(error)".contains(reason) && "\(error)".contains(path), "\(error)")
    }
  }

  @Test func announcedLengthsAreNotTrusted() throws {
    for length in [3, 100_000_001, UInt64.max] {
      let path = try file("{}", data: [], length: length)
      #expect(throws: TensorFileError.self) { _ = try SafetensorsFile(path: path) }
    }
    let short = try folder.write("short", [1, 2, 3])
    #expect(throws: TensorFileError.self) { _ = try SafetensorsFile(path: short) }
    try folder.write("short", [])
    #expect(throws: TensorFileError.self) { _ = try SafetensorsFile(path: short) }
  }

  @Test func foldersAndMissingFilesAreNamed() {
    for path in [folder.path, folder("none")] {
      do {
        _ = try SafetensorsFile(path: path)
        Issue.record("opened \(path)")
      } catch {
        #expect("\(error)".hasPrefix("\(path): cannot be read"))
      }
    }
  }

  @Test func wrongTensorsAreNamed() throws {
    let path = folder("b.safetensors")
    var writer = SafetensorsWriter()
    writer.add("labels", shape: [2], int32s: [0, 1])
    try writer.write(to: path)
    let file = try SafetensorsFile(path: path)
    #expect(throws: TensorFileError.missing(path: path, tensor: "x")) { _ = try file.floats("x") }
    #expect(
      throws: TensorFileError.elementType(
        path: path, tensor: "labels", expected: "BF16 or F16 or F32 or F64", found: "I32")
    ) { _ = try file.floats("labels") }
    #expect(
      throws: TensorFileError.shape(
        path: path, tensor: "labels", expected: "[3]", found: [2])
    ) { _ = try file.entry("labels", shape: [3], of: [.int32]) }
  }

  @Test func aFailedWriteLeavesWhatWasThere() throws {
    var writer = SafetensorsWriter()
    writer.add("x", shape: [1], floats: [1])
    #expect(throws: TensorFileError.self) {
      try writer.write(to: folder("no/such/folder.safetensors"))
    }
  }
}
