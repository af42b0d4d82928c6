import Evaluation
import Foundation
import TensorFiles
import Testing

/// The folder of Package.swift.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// A file or folder of Tests/Fixtures.
func fixture(_ name: String) -> String { packageFolder.path + "/Tests/Fixtures/" + name }

/// A new folder that is removed with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/command-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Writes a file, making the folders on the way, and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let url = URL(fileURLWithPath: self(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, text.utf8) }

  @discardableResult
  func write(_ name: String, _ value: JSONValue) throws -> String {
    try write(name, value.prettyPrinted)
  }
}

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

func text(of path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
}

/// The cells of a table of tabs, a row a line.
func table(of path: String) throws -> [[String]] {
  try text(of: path).split(separator: "\n").map {
    $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  }
}

func json(_ text: String) throws -> JSONValue {
  try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
}

/// A safetensors file byte by byte, for element types and mistakes that SafetensorsWriter does not
/// write.
func safetensors(header: String, data: Data) -> Data {
  var length = UInt64(header.utf8.count).littleEndian
  return withUnsafeBytes(of: &length) { Data($0) } + Data(header.utf8) + data
}

/// The little-endian bytes of numbers.
func bytes<T: BitwiseCopyable>(_ elements: [T]) -> Data { elements.withUnsafeBytes { Data($0) } }

/// ‖a − b‖ / ‖b‖, or ‖a‖ where b is zero.
func relativeDistance(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count else { return .infinity }
  let difference = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
  let scale = b.reduce(0.0) { $0 + pow(Double($1), 2) }
  return (scale > 0 ? difference / scale : difference).squareRoot()
}
