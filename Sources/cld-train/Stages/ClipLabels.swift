import Embeddings
import Evaluation
import Foundation
import TensorFiles

/// The languages of clips by their digests, from a run's `split.jsonl`.
struct ClipLabels {
  struct Row {
    let digest: String
    let language: String
  }

  let rows: [Row]
  /// Sorted, as the classes of a run are.
  let languages: [String]

  private struct Line: Decodable {
    let path, language, split: String
  }

  /// Digests the clips that the file lists.
  /// - Parameters:
  ///   - root: what relative paths are below; nil: `corpus.root` of the config.json beside the file.
  ///   - split: train, validation or test; nil: all.
  /// - Throws: `CommandError`, `ConfigError`, `DigestError`.
  init(splitFile path: String, root: String?, split: Split?) throws {
    let text: String
    do {
      text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
    } catch {
      throw CommandError(.missingInput, "\(path): cannot be read: \(error.systemReason)")
    }
    let decoder = JSONDecoder()
    var lines: [Line] = []
    // Of the whole file: a split may lack a language, and its classes are still the run's.
    var languages: Set<String> = []
    for (number, line) in text.split(separator: "\n").enumerated() {
      guard let line = try? decoder.decode(Line.self, from: Data(line.utf8)),
        let part = Split(rawValue: line.split)
      else {
        throw CommandError(
          .badData,
          "\(path):\(number + 1): is no line of a split.jsonl: needs 'path', 'language' and "
            + "'split'")
      }
      languages.insert(line.language)
      if split == nil || part == split { lines.append(line) }
    }
    guard !lines.isEmpty else {
      throw CommandError(
        .badData, "\(path): has no clip\(split.map { " of \($0.rawValue)" } ?? "")")
    }
    var base = root
    if base == nil, lines.contains(where: { !$0.path.hasPrefix("/") }) {
      base = try Self.root(beside: path)
    }
    self.languages = languages.sorted()
    var rows: [Row] = []
    for line in lines {
      let file = line.path.hasPrefix("/") ? line.path : (base ?? ".") + "/" + line.path
      rows.append(Row(digest: try SHA256Digest.hex(ofFile: file), language: line.language))
    }
    self.rows = rows
  }

  private static func root(beside path: String) throws -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().relativePath
    let config = folder + "/config.json"
    let tree = try ConfigTree(file: config)
    guard case .string(let root)? = JSONValue.object(tree.root)["corpus"]?["root"] else {
      throw CommandError(.badData, "\(config): has no corpus.root; --root names the clips' folder")
    }
    return root
  }
}
