import Baselines
import Cronos
import Evaluation

/// Trains rival heads on the rows that the convex head is trained on and writes a file for each.
struct BaselineStage {
  let space: BaselineSpace
  let languages: [String]
  /// What the head files record: encoder identity, seeds.
  let provenance: [String: String]
  let output: RunFolder
  let console: Console

  /// - Throws: `CommandError` for a rival on several ranks: none can share its rows.
  static func requireOneProcess(
    _ kind: BaselineKind?, _ ranks: any RowCommunicator
  ) throws(CommandError) {
    guard let kind, ranks.size > 1 else { return }
    throw CommandError(
      .usage, "--head \(kind.rawValue) works in one process, not on \(ranks.size) ranks")
  }

  /// - Throws: `BaselineError`, `TensorFileError`, `Interrupted`.
  func run(
    _ kind: BaselineKind, on data: LabelledEmbeddings, validation: LabelledEmbeddings?
  ) throws -> TrainedHead {
    let progress = console.progress("train \(kind.title)", total: space.candidates(kind).count)
    defer { progress.finish() }
    let result = try space.train(
      kind, on: data.features, labels: data.labels,
      validation: validation.map { ($0.features, $0.labels) }, languages: languages,
      provenance: provenance.merging(["format": "cld-head", "version": Version.current]) { $1 },
      progress: { done in
        progress.update(done)
        return !InterruptFlag.isRaised
      })
    guard let result else {
      throw Interrupted(advice: "no \(kind.title) was written; run the command again")
    }
    try result.head.write(to: output.head(kind))
    return TrainedHead(
      result.head,
      training: HeadTraining(
        settings: try JSONValue(encoding: result.head.settings), seconds: result.seconds,
        searchSeconds: result.searchSeconds, flops: result.flops, candidates: result.candidates,
        validationAccuracy: result.validationAccuracy))
  }
}
