import Foundation
import TensorFiles
import TestFolders
import Testing

@testable import Embeddings

/// A copy of the fixture's checkpoint, to be altered.
struct CheckpointFolder {
  let folder: TemporaryFolder
  var path: String { folder.path }
  var weights: String { path + "/model.safetensors" }

  init() throws {
    folder = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: WhisperFixture.modelFolder) {
      try folder.write(name, bytes(of: WhisperFixture.modelFolder + "/" + name))
    }
  }

  /// Changes a JSON file; nil removes a key.
  func set(_ file: String, _ changes: [String: Any?]) throws {
    let object = try JSONSerialization.jsonObject(with: bytes(of: path + "/" + file))
    var keys = try #require(object as? [String: Any])
    for (key, value) in changes { keys[key] = value }
    try folder.write(file, JSONSerialization.data(withJSONObject: keys))
  }

  func remove(_ file: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + file)
  }

  struct Tensor {
    var name: String
    var shape: [Int]
    var floats: [Float]
  }

  /// Rewrites the weights as float32, each tensor as those that `change` makes of it.
  func rewrite(
    to file: String = "model.safetensors", _ change: (Tensor) -> [Tensor]
  ) throws {
    let source = try SafetensorsFile(path: WhisperFixture.modelFolder + "/model.safetensors")
    var writer = SafetensorsWriter()
    for name in source.names {
      let shape = try #require(source.entry(name)).shape
      for new in change(Tensor(name: name, shape: shape, floats: try source.floats(name))) {
        writer.add(new.name, shape: new.shape, floats: new.floats)
      }
    }
    try writer.write(to: path + "/" + file)
  }

  /// Rewrites the weights with two bytes an element.
  func rewrite(as type: String, _ bits: (Float) -> UInt16) throws {
    let source = try SafetensorsFile(path: WhisperFixture.modelFolder + "/model.safetensors")
    var header: [String: Any] = [:]
    var data: [UInt8] = []
    for name in source.names {
      let start = data.count
      for x in try source.floats(name) {
        data.append(UInt8(truncatingIfNeeded: bits(x)))
        data.append(UInt8(truncatingIfNeeded: bits(x) >> 8))
      }
      header[name] = [
        "dtype": type, "shape": try #require(source.entry(name)).shape,
        "data_offsets": [start, data.count],
      ]
    }
    let json = try JSONSerialization.data(withJSONObject: header)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
    try folder.write("model.safetensors", length + json + data)
  }

  /// The message with which loading fails.
  func failure(_ location: SourceLocation = #_sourceLocation) -> String {
    do {
      _ = try WhisperModel(folder: path)
      Issue.record("loading succeeded", sourceLocation: location)
      return ""
    } catch {
      return "\(error)"
    }
  }
}

func bytes(of path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
