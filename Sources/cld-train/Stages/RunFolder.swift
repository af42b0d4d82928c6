import Baselines
import Evaluation
import Foundation
import TensorFiles

/// A run's folder.
struct RunFolder: Sendable {
  let root: String

  init(_ root: String) { self.root = root }

  /// Makes the folder, if it is not there, with those on the way.
  /// - Throws: `CommandError` when it cannot be made.
  func make() throws {
    do {
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    } catch {
      throw CommandError(
        .inputOutput, "\(root): cannot be made: \(error.systemReason)")
    }
  }

  func path(_ name: String) -> String { root + "/" + name }

  /// The file of the convex head, or of a rival of it.
  func head(_ kind: BaselineKind? = nil) -> String {
    path(kind.map { "head-\($0.rawValue).safetensors" } ?? "head.safetensors")
  }

  /// Writes a whole file in one step.
  func write(_ text: String, to name: String) throws {
    try OutputFile.write(text, to: path(name))
  }

  func write(_ value: JSONValue, to name: String) throws {
    try write(value.prettyPrinted + "\n", to: name)
  }

  /// `report.json`, `report.md` and `report.html`.
  func write(_ report: RunReport) throws {
    try report.writeJSON(to: path("report.json"))
    try report.writeMarkdown(to: path("report.md"))
    try report.writeHTML(to: path("report.html"))
  }

  /// The solver's iterations for other tools.
  func write(_ trace: [RunReport.TracePoint], to files: [CurveFile]) throws {
    for file in files { try file.write(trace, to: path(file.name)) }
  }
}
