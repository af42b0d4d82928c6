import Cronos
import Foundation
import LinearAlgebra
import TensorFiles

/// A safetensors file of embeddings with labels: `embeddings` (n, d), `labels` (n), metadata
/// `languages` (comma-separated).
struct EmbeddingsFile {
  let data: LabelledEmbeddings
  let languages: [String]
  /// Identity of the encoder, where the file records it.
  let encoder: String?

  /// - Parameter languages: the languages that are wanted; those of the file when nil.
  /// - Throws: `TensorFileError`, or `CommandError` that names the file and the row.
  init(path: String, languages wanted: [String]? = nil) throws {
    let file = try SafetensorsFile(path: path)
    let shape = try file.entry(
      "embeddings", shape: [-1, -1], of: [.float32, .float16, .bfloat16, .float64]
    ).shape
    let features = Matrix(rows: shape[0], columns: shape[1], try file.floats("embeddings"))
    let labels = try file.integers("labels", shape: [shape[0]])
    let named = file.metadata["languages"]?.split(separator: ",").map {
      String($0).trimmingCharacters(in: .whitespaces)
    }
    guard let languages = named ?? wanted, !languages.isEmpty else {
      throw CommandError(
        .badData, "\(path): the metadata has no 'languages' (comma-separated names of the classes)")
    }
    if let wanted, languages != wanted {
      throw CommandError(
        .badData,
        "\(path): languages are \(languages.joined(separator: ",")), those of the training file "
          + wanted.joined(separator: ","))
    }
    guard Set(languages).count == languages.count else {
      throw CommandError(.badData, "\(path): the metadata names a language twice")
    }
    self.languages = languages
    encoder = file.metadata["encoder"]
    do {
      data = try LabelledEmbeddings(
        features: features, labels: labels, classes: languages.count)
    } catch {
      throw CommandError(.badData, "\(path): \(error)")
    }
  }
}
