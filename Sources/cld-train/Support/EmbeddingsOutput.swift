import Evaluation
import Foundation
import TensorFiles

/// A matrix of embeddings with what is known of its rows, in the format that a file's name asks for.
struct EmbeddingsOutput {
  enum Format: String, CaseIterable {
    case safetensors, npz, npy

    /// nil for a name that asks for none of them.
    init?(path: String) {
      self.init(rawValue: URL(fileURLWithPath: path).pathExtension.lowercased())
    }
  }

  /// Row-major `(rows, width)`.
  var elements: [Float]
  var rows: Int
  var width: Int
  /// What each row is of: paths or digests of clips, under this name.
  var names: (key: String, values: [String])
  /// A class for each row, and the names of the classes.
  var labels: [Int]?
  var languages: [String]?
  /// Encoder, preprocessing and the like.
  var metadata: [String: String]

  /// Writes `path` in one step. npy holds the matrix alone: beside `X.npy` go `X.NAMES.txt`, a line a
  /// row, and `X.labels.npy` and `X.languages.txt` where there are labels.
  /// - Throws: `TensorFileError`, or `CommandError` for a file beside it.
  func write(to path: String) throws {
    switch Format(path: path) {
    case .npz: try writeNPZ(to: path)
    case .npy: try writeNPY(to: path)
    case .safetensors, nil: try writeSafetensors(to: path)
    }
  }

  private func writeSafetensors(to path: String) throws(TensorFileError) {
    var metadata = metadata
    metadata[names.key] = JSONValue.array(names.values.map { .string($0) }).compact
    metadata["languages"] = languages?.joined(separator: ",")
    var file = SafetensorsWriter(metadata: metadata)
    file.add("embeddings", shape: [rows, width], floats: elements)
    if let labels { file.add("labels", shape: [rows], int32s: labels.map(Int32.init)) }
    try file.write(to: path)
  }

  private func writeNPZ(to path: String) throws(TensorFileError) {
    var file = NPZWriter()
    file.add("embeddings", NPYWriter.data(shape: [rows, width], floats: elements))
    if let labels {
      file.add("labels", NPYWriter.data(shape: [rows], int32s: labels.map(Int32.init)))
    }
    if let languages {
      file.add("languages", NPYWriter.data(shape: [languages.count], strings: languages))
    }
    file.add(names.key, NPYWriter.data(shape: [rows], strings: names.values))
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      file.add(key, NPYWriter.data(shape: [], strings: [value]))
    }
    try file.write(to: path)
  }

  private func writeNPY(to path: String) throws {
    try NPYWriter.write(NPYWriter.data(shape: [rows, width], floats: elements), to: path)
    let stem = URL(fileURLWithPath: path).deletingPathExtension().relativePath
    try OutputFile.write(lines(names.values), to: "\(stem).\(names.key).txt")
    if let labels {
      let data = NPYWriter.data(shape: [rows], int32s: labels.map(Int32.init))
      try NPYWriter.write(data, to: stem + ".labels.npy")
    }
    if let languages { try OutputFile.write(lines(languages), to: stem + ".languages.txt") }
  }

  private func lines(_ values: [String]) -> String { values.map { $0 + "\n" }.joined() }
}
