import Cronos
import Evaluation
import Foundation
import TensorFiles

/// Trains a head and writes `trace.jsonl` and `head.safetensors` into the run's folder.
struct TrainStage {
  let settings: CronosSettings
  let languages: [String]
  /// What the head file records beside the settings: encoder identity, seeds.
  let provenance: [String: String]
  let output: RunFolder
  let console: Console
  /// The ranks that share the rows.
  var ranks: any RowCommunicator = SingleProcess()

  struct Result {
    let training: TrainingResult
    let head: HeadFile
  }

  /// - Parameters:
  ///   - labels: of the rows of this rank.
  ///   - source: the file or the corpus that the rows are from.
  /// - Throws: `CommandError` for a language without a row on any rank: a head could never answer it.
  static func requireRows(
    of languages: [String], in labels: [Int], from source: String,
    ranks: any RowCommunicator = SingleProcess()
  ) throws(CommandError) {
    let own = Set(labels)
    let holders = ranks.sum(languages.indices.map { own.contains($0) ? 1.0 : 0 })
    guard let missing = holders.firstIndex(of: 0) else { return }
    throw CommandError(
      .badData,
      "\(source): the language '\(languages[missing])' has no clip to train on; add some, or leave "
        + "the language out")
  }

  /// Each rank gives its rows; rank 0 writes.
  /// - Throws: `Interrupted` after Ctrl-C: no head is written then.
  func run(on data: LabelledEmbeddings, validation: LabelledEmbeddings?) throws -> Result {
    let progress = console.progress("train", total: settings.iterations)
    let trace = try ranks.together {
      ranks.isRoot ? try TraceFile(path: output.path("trace.jsonl")) : nil
    }
    var failure: (any Error)?
    let keepsState = settings.checkpointInterval > 0
    let training = try trainConvexHead(
      on: data, validation: validation, settings: settings, communicator: ranks,
      checkpoint: keepsState
        ? SolverCheckpoint(folder: output.root, every: settings.checkpointInterval) : nil,
      log: {
        switch $0 {
        case .decision(let text): console.logger.info("\(text)")
        case .warning(let text): console.logger.warning("\(text)")
        }
      },
      progress: { record in
        do { try trace?.append(record) } catch { failure = error }
        progress.update(record.iteration, note: Self.note(record))
        return failure == nil && !InterruptFlag.isRaised
      })
    progress.finish()
    try ranks.together { if let failure { throw failure } }
    guard training.status != .cancelled else {
      throw Interrupted(
        advice: keepsState
          ? "no head was written; the same command goes on from here"
          : "no head was written; run the command again")
    }
    if training.status == .diverged {
      console.logger.warning(
        "the solver diverged after \(training.trace.count) iterations; the last finite iterate is kept"
      )
    }
    if training.head.zeroShare == 1 {
      console.logger.warning(
        """
        every unit of the head is zero, so it always answers '\(languages.first ?? "")': the shrinkage \
        beta/rho = \(settings.beta / training.penalty.weight) outweighs the weights; raise cronos.rho \
        or set it to "auto", lower cronos.beta, or allow more cronos.admm_iters
        """)
    }
    let head = HeadFile(
      head: training.head, languages: languages, hyperplanes: training.hyperplanes,
      provenance: provenance.merging(metadata(training)) { _, new in new })
    try ranks.together { if ranks.isRoot { try head.write(to: output.head()) } }
    return Result(training: training, head: head)
  }

  private func metadata(_ training: TrainingResult) -> [String: String] {
    [
      "format": "cld-head", "version": Version.current,
      "hyperparameters": settings.json.compact, "opt_seed": "\(settings.seed)",
      "status": training.status.rawValue, "iterate": settings.iterate.rawValue,
      "delivered_iteration": "\(training.deliveredIteration)",
      "iterations": "\(training.trace.count)", "method": training.method.rawValue,
    ]
  }

  private static func note(_ record: IterationRecord) -> String {
    var parts = [
      "loss \(Float(record.trainLoss))", "accuracy \(Float(record.trainAccuracy))",
    ]
    if let accuracy = record.validationAccuracy {
      parts.append("validation \(Float(accuracy))")
    }
    parts.append("residuals \(Float(record.primalResidual)) \(Float(record.coneResidual))")
    return parts.joined(separator: ", ")
  }
}

/// `trace.jsonl`: a line of JSON for each ADMM iteration, written as it ends.
struct TraceFile {
  private let handle: FileHandle
  private let encoder = JSONEncoder()

  init(path: String) throws {
    let url = URL(fileURLWithPath: path)
    let handle: FileHandle
    do {
      try Data().write(to: url)
      handle = try FileHandle(forWritingTo: url)
    } catch {
      throw CommandError(.inputOutput, "\(path): cannot be written: \(error.systemReason)")
    }
    self.handle = handle
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  }

  func append(_ record: IterationRecord) throws {
    try handle.write(contentsOf: encoder.encode(record) + Data("\n".utf8))
  }
}
