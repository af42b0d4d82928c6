import ArgumentParser
import Evaluation
import Foundation
import Interchange
import TensorFiles

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "What a file holds: a head, embeddings, npy, npz, safetensors, or a jaxcld pickle.",
    discussion: """
      Content decides, not the name. A pickle is read by the machine that `import` uses, so nothing in \
      it is run. --json gives tensors and metadata for scripts.
      """)

  @Argument(help: "The file.")
  var file: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let summary = try FileSummary(path: file)
    console.result(summary.text, json: summary.json)
  }
}

/// What `inspect` shows of a file.
struct FileSummary {
  let path: String
  /// In words: `head of 5 languages`.
  let kind: String
  /// Name, type and shape of each array; scalars and the rest are texts.
  private(set) var rows: [(name: String, type: String, shape: [Int]?)] = []
  private(set) var metadata: [String: String] = [:]

  /// - Throws: `TensorFileError` or `PickleError`.
  init(path: String) throws {
    self.path = path
    let start = try MappedFile(path: path).data.prefix(8)
    if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
      let file = try NPYFile(path: path)
      kind = "npy array"
      rows = [("array", file.elementType?.rawValue ?? "text", file.shape)]
    } else if start.starts(with: Array("PK".utf8)) {
      let file = try NPZFile(path: path)
      kind = "npz archive"
      for name in file.names {
        let layout = try file.layout(name)
        rows.append((name, layout.elementType?.rawValue ?? "text", layout.shape))
      }
    } else if Self.isSafetensors(start) {
      let file = try SafetensorsFile(path: path)
      metadata = file.metadata
      for name in file.names {
        guard let entry = file.entry(name) else { continue }
        rows.append((name, entry.elementType.rawValue, entry.shape))
      }
      if file.entry("embeddings") != nil {
        kind = "embeddings (safetensors)"
      } else if let head = try? TrainedHead(path: path) {
        kind = "\(head.title) head of \(head.head.languages.count) languages (safetensors)"
      } else {
        kind = "safetensors file"
      }
    } else {
      let object = try PickledObject(path: path)
      kind =
        "pickle of protocol \(object.protocolVersion): "
        + (object.className ?? "a dictionary")
      for (name, attribute) in object.attributes.sorted(by: { $0.key < $1.key }) {
        if case .array(let array) = attribute {
          rows.append((name, array.elementType.rawValue, array.shape))
        } else {
          rows.append((name, attribute.summary, nil))
        }
      }
    }
  }

  /// A header's length, then the brace that it begins with.
  private static func isSafetensors(_ start: Data) -> Bool {
    // Lengths are far below 2^32, so the fifth byte and those after it are zeros; in a pickle they are
    // opcodes.
    start.count == 8 && start.suffix(4).allSatisfy { $0 == 0 }
  }

  var text: String {
    var table = TextTable(header: ["Name", "Type", "Shape"], leading: 3)
    for row in rows {
      table.rows.append([
        row.name.printable, row.type.printable,
        row.shape.map { "(" + $0.map(String.init).joined(separator: ", ") + ")" } ?? "",
      ])
    }
    var text = "\(path): \(kind)\n" + table.plain
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      text += "\(key.printable): \(value.printable)\n"
    }
    return String(text.dropLast())
  }

  var json: JSONValue {
    [
      "path": .string(path), "kind": .string(kind),
      "arrays": .array(
        rows.filter { $0.shape != nil }.map { row in
          [
            "name": .string(row.name), "type": .string(row.type),
            "shape": .array((row.shape ?? []).map { .integer($0) }),
          ]
        }),
      "values": .object(
        Dictionary(
          rows.filter { $0.shape == nil }.map { ($0.name, .string($0.type)) },
          uniquingKeysWith: { $1 })),
      "metadata": .object(metadata.mapValues { .string($0) }),
    ]
  }
}

extension String {
  /// Without what would steer a terminal: control characters as escapes.
  fileprivate var printable: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      let isControl = scalar.properties.generalCategory == .control
      text += isControl ? scalar.escaped(asASCII: false) : String(scalar)
    }
  }
}
