import Foundation
import LinearAlgebra
import TensorFiles
import TestFolders
import Testing

@testable import Embeddings

/// `Tests/Fixtures/mms-tiny-random`: MMS checkpoints of random weights and what transformers computes
/// with them. Its README says how each number was made and how close a float32 port comes.
struct Wav2Vec2Fixture {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures").path
  static let folder = root + "/mms-tiny-random"
  static let modelFolder = folder + "/model"
  static let detectorFolder = folder + "/lid"
  static let layouts = root + "/wav2vec2-layouts"

  /// Loaded once.
  static let shared = Result { try Wav2Vec2Fixture() }

  /// The languages whose adapters are there, by the adapters' names.
  static let languages = ["eng": "en", "hin": "hi", "cmn-script_simplified": "zh"]

  let model: Wav2Vec2Model
  let transcriber: Wav2Vec2Transcriber
  let detector: Wav2Vec2Detector
  let tensors: SafetensorsFile
  let expected: Expected
  let clips: [Waveform]

  struct Expected: Decodable {
    let clips: [Clip]
    let lid: Detection

    struct Clip: Decodable {
      let texts, textsWithSpecial: [String: String]
      let ids: [String: [Int]]
      let samples, frames: Int

      enum CodingKeys: String, CodingKey {
        case texts, ids, samples, frames
        case textsWithSpecial = "texts_with_special"
      }
    }

    struct Detection: Decodable {
      let labels: [String]
    }
  }

  init() throws {
    model = try Wav2Vec2Model(folder: Self.modelFolder)
    transcriber = try Wav2Vec2Transcriber(model: model)
    detector = try Wav2Vec2Detector(folder: Self.detectorFolder)
    tensors = try SafetensorsFile(path: Self.folder + "/expected.safetensors")
    expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: URL(fileURLWithPath: Self.folder + "/expected.json")))
    clips = try (0..<2).map { try ClipReader.read(Self.folder + "/audio\($0).wav") }
    try #require(clips.map(\.samples.count) == expected.clips.map(\.samples))
  }

  /// A copy of a checkpoint's folder in which files can be changed.
  static func copy(of folder: String) throws -> TemporaryFolder {
    let copy = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
      try copy.write(name, data)
    }
    return copy
  }
}

func areFinite(_ numbers: [Float]) -> Bool { numbers.allSatisfy { $0.isFinite } }

extension TemporaryFolder {
  /// Replaces keys of a JSON object's file; nil removes one.
  func edit(_ name: String, _ changes: [String: Any?]) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    let read = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    var object = try #require(read as? [String: Any])
    for (key, value) in changes { object[key] = value }
    try JSONSerialization.data(withJSONObject: object).write(to: url)
  }

  /// Rewrites a file of float32 tensors; `change` may rename, reshape, drop (nil) each.
  func editTensors(
    _ name: String, adding more: [(String, [Int])] = [],
    _ change: (_ name: String, _ shape: [Int]) -> (name: String, shape: [Int])? = { ($0, $1) }
  ) throws {
    let path = path + "/" + name
    var writer = SafetensorsWriter(metadata: [:])
    do {
      let file = try SafetensorsFile(path: path)
      for old in file.names {
        let shape = try #require(file.entry(old)).shape
        guard let new = change(old, shape) else { continue }
        let count = new.shape.reduce(1, *)
        var elements = try file.floats(old)
        elements += [Float](repeating: 0, count: max(0, count - elements.count))
        writer.add(new.name, shape: new.shape, floats: Array(elements.prefix(count)))
      }
    }
    for (name, shape) in more {
      writer.add(name, shape: shape, floats: [Float](repeating: 0, count: shape.reduce(1, *)))
    }
    try writer.write(to: path)
  }
}
