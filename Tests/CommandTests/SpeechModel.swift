import Evaluation
import Foundation
import TensorFiles

/// The random Whisper of the fixtures, and copies of it that are changed in one thing.
enum SpeechModel {
  /// The fixture itself: windows of 30 s, about two seconds of work each in a debug build.
  static let folder = fixture("whisper-tiny-random/model")
  static let width = 64

  private static let positions = "model.encoder.embed_positions.weight"

  /// Writes a copy whose windows are two seconds long, so that a clip takes a fifteenth of the work.
  /// - Parameters:
  ///   - seconds: another length of the windows.
  ///   - leftOut: a tensor that the copy has not.
  ///   - reshaped: a tensor that has another shape there.
  @discardableResult
  static func writeShort(
    to target: String, seconds: Int = 2, leavingOut leftOut: String? = nil,
    reshaping reshaped: String? = nil
  ) throws -> String {
    let files = FileManager.default
    try files.createDirectory(atPath: target, withIntermediateDirectories: true)
    for name in try files.contentsOfDirectory(atPath: folder) where name != "model.safetensors" {
      try files.copyItem(atPath: folder + "/" + name, toPath: target + "/" + name)
    }
    try change(target + "/config.json") { $0["max_source_positions"] = .integer(50 * seconds) }
    try change(target + "/preprocessor_config.json") {
      $0["chunk_length"] = .integer(seconds)
      $0["n_samples"] = .integer(16_000 * seconds)
      $0["nb_max_frames"] = .integer(100 * seconds)
    }
    let weights = try SafetensorsFile(path: folder + "/model.safetensors")
    var copy = SafetensorsWriter()
    for name in weights.names where name != leftOut {
      var shape = weights.entry(name)?.shape ?? []
      var elements = try weights.floats(name)
      if name == positions {
        shape[0] = 50 * seconds
        elements.removeLast(elements.count - shape[0] * width)
      }
      if name == reshaped { shape.append(1) }
      copy.add(name, shape: shape, floats: elements)
    }
    try copy.write(to: target + "/model.safetensors")
    return target
  }

  /// Changes the keys of a JSON object in a file.
  private static func change(
    _ path: String, _ body: (inout [String: JSONValue]) -> Void
  ) throws {
    guard case .object(var members) = try json(text(of: path)) else { return }
    body(&members)
    try Data(JSONValue.object(members).prettyPrinted.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// Writes a head of zeros for `languages`.
  static func writeHead(
    to path: String, languages: [String], width: Int = width, encoder: String? = nil
  ) throws -> String {
    var metadata = ["languages": languages.joined(separator: ",")]
    metadata["encoder"] = encoder
    var file = SafetensorsWriter(metadata: metadata)
    let (classes, units) = (languages.count, 4)
    file.add(
      "theta1", shape: [classes, width, units],
      floats: Array(repeating: 0, count: classes * width * units))
    file.add(
      "theta2", shape: [classes, units], floats: Array(repeating: 0, count: classes * units))
    try file.write(to: path)
    return path
  }
}

/// Configs on the common-voice fixture.
enum SampleConfig {
  static let corpusRoot = fixture("common-voice")

  /// - Parameters:
  ///   - languages: codes, whose folders are the fixture's; an accent name each, "" for any.
  ///   - samples: of each language; the fixture has five rows of most.
  static func make(
    model: String, output: String, languages: [String: String] = ["en": "", "hi": ""],
    samples: Int = 5, root: String = corpusRoot
  ) -> JSONValue {
    [
      "name": "sample",
      "corpus": .object(
        data(languages: languages, samples: samples).merging(
          ["root": .string(root), "data_seed": 8]) { $1 }),
      "encoder": ["path": .string(model)],
      "cronos": [
        "neurons": 4, "rank": 4, "admm_iters": 3, "pcg_iters": 4, "opt_seed": 1,
        "method": "nystrom-pcg",
      ],
      "evaluation": ["decoding": ["max_new_tokens": 4]],
      "output": .string(output),
    ]
  }

  /// What upstream's data config has: `languages` and `params`.
  static func data(languages: [String: String], samples: Int) -> [String: JSONValue] {
    [
      "languages": .object(
        Dictionary(
          uniqueKeysWithValues: languages.map { code, accent in
            var member: [String: JSONValue] = [
              "code": .string(code), "column_name": .string(accent), "dataset": "common_voice",
            ]
            if code == "zh" { member["override_code"] = "zh-CN" }
            return (code, ["accents": .array([.object(member)])])
          })),
      "params": [
        "samples_per_class": .integer(samples),
        "split": ["train": 0.6, "val": 0.2, "test": 0.2],
      ],
    ]
  }
}
