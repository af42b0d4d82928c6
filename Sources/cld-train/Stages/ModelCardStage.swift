import Embeddings
import Evaluation
import Foundation

/// Makes the model card of a run's folder.
struct ModelCardStage {
  /// The run's folder.
  let run: String
  let license: String?
  /// The backbone's name on the Hub; guessed from the encoder's folder when nil.
  let backbone: String?

  /// - Throws: `TensorFileError`, `EvaluationError` or `CommandError`: what the folder lacks.
  func write(to path: String) throws {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: run, isDirectory: &isFolder),
      isFolder.boolValue
    else { throw CommandError(.missingInput, "\(run): no such folder of a run") }
    let name = "head.safetensors"
    let trained = try TrainedHead(path: run + "/" + name)
    guard let head = trained.convex else {
      throw CommandError(.badData, "\(run)/\(name): not a convex head; only those have a card")
    }
    let report = try RunReport(contentsOfJSON: run + "/report.json")
    guard report.languages == head.languages else {
      throw CommandError(
        .badData,
        "\(run): report.json is about \(report.languages.joined(separator: ",")), \(name) about "
          + head.languages.joined(separator: ",") + "; run evaluate first")
    }
    let folder = report.provenance.configuration["encoder"]?["path"]
    var guess: String?
    if case .string(let path)? = folder { guess = BackboneSource(folder: path).repository }
    let card = ModelCard(
      report: report, headFile: name, dimension: head.dimension, units: head.head.units,
      isGated: head.head.gates != nil,
      backbone: backbone ?? trained.provenance["backbone"] ?? guess, license: license)
    try OutputFile.write(card.text, to: path)
  }
}
