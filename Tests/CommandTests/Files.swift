import Evaluation
import Foundation
import TensorFiles
import TestFolders
import Testing

/// The folder of Package.swift.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// A file or folder of Tests/Fixtures.
func fixture(_ name: String) -> String { packageFolder.path + "/Tests/Fixtures/" + name }

extension TemporaryFolder {
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
