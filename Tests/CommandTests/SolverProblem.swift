import Evaluation
import Foundation
import TensorFiles

/// One problem of Tests/Fixtures/solver as `train --embeddings` takes it.
struct SolverProblem {
  static let names = ["multi-300x24", "binary-160x48", "wide-40x64"]

  let tensors: SafetensorsFile
  let numbers: JSONValue

  init(_ name: String) throws {
    tensors = try SafetensorsFile(path: fixture("solver/\(name).safetensors"))
    numbers = try json(text(of: fixture("solver/\(name).json")))
  }

  func number(_ path: String) -> Double { numbers.at(path)?.double ?? .nan }

  /// One for each class.
  var languages: [String] {
    Array(["en", "hi", "id", "ms", "zh"].prefix(Int(number("hyperparameters.n_classes"))))
  }

  /// jaxcld's hyper-parameters, with the few PCG steps of the fixture's short run.
  var settings: [String] {
    let values = [
      ("rank", number("hyperparameters.rank")), ("neurons", number("hyperparameters.neurons")),
      ("beta", number("hyperparameters.beta")), ("rho", number("hyperparameters.rho")),
      ("gamma_ratio", number("hyperparameters.gamma_ratio")),
      ("admm_iters", number("hyperparameters.admm_iters")),
      ("pcg_iters", number("short_run.pcg_iters")),
      ("opt_seed", number("hyperparameters.key_seed")),
    ]
    return values.flatMap { ["--set", "cronos.\($0)=\($1)"] }
      + ["--set", "cronos.method=nystrom-pcg"]
  }

  /// Writes rows and labels; the languages are the problem's unless others are given.
  func write(
    _ x: String, _ y: String, to path: String, languages: [String]? = nil
  ) throws -> String {
    var file = SafetensorsWriter(
      metadata: ["languages": (languages ?? self.languages).joined(separator: ",")])
    file.add("embeddings", shape: tensors.entry(x)?.shape ?? [], floats: try tensors.floats(x))
    let labels = try tensors.int32s(y)
    file.add("labels", shape: [labels.count], int32s: labels)
    try file.write(to: path)
    return path
  }
}

/// A few rows of two languages, of which tests spoil one thing.
struct SmallProblem {
  var rows = 8
  var width = 4
  var languages: String? = "en,hi"
  var features: [Float]
  var labels: [Int32]

  init() {
    // Any numbers do that are not all the same.
    features = (0..<32).map { Float(($0 * 7) % 11) / 11 - 0.5 }
    labels = (0..<8).map { Int32($0 % 2) }
  }

  func write(to path: String) throws -> String {
    var file = SafetensorsWriter(metadata: languages.map { ["languages": $0] } ?? [:])
    file.add("embeddings", shape: [rows, width], floats: features)
    file.add("labels", shape: [labels.count], int32s: labels)
    try file.write(to: path)
    return path
  }

  /// The file with other element types.
  func write(to path: String, embeddings: String, _ x: Data, labels: String, _ y: Data) throws
    -> String
  {
    let header = """
      {"__metadata__":{"languages":"\(languages ?? "")"},\
      "embeddings":{"dtype":"\(embeddings)","shape":[\(rows),\(width)],"data_offsets":[0,\(x.count)]},\
      "labels":{"dtype":"\(labels)","shape":[\(rows)],\
      "data_offsets":[\(x.count),\(x.count + y.count)]}}
      """
    try safetensors(header: header, data: x + y).write(to: URL(fileURLWithPath: path))
    return path
  }
}
