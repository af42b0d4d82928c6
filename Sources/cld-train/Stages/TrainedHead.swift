import Baselines
import Cronos
import Embeddings
import Evaluation
import LinearAlgebra
import TensorFiles

/// A head of any kind, from a file or just trained, with what the commands need to know of it.
struct TrainedHead: Sendable {
  /// In files: `cld`, or the kind of a rival.
  let name: String
  let title: String
  let head: any LanguageHead
  let provenance: [String: String]
  /// The convex head; nil for a rival.
  let convex: HeadFile?
  /// nil for a head from a file.
  var training: HeadTraining?

  /// Reads a head of any kind.
  /// - Throws: `TensorFileError`.
  init(path: String) throws(TensorFileError) {
    if try BaselineHead.kind(of: path) == nil {
      self.init(try HeadFile(path: path))
    } else {
      self.init(try BaselineHead(path: path))
    }
  }

  init(_ file: HeadFile, training: HeadTraining? = nil) {
    (name, title, head, provenance) = ("cld", "CLD", file, file.provenance)
    (convex, self.training) = (file, training)
  }

  init(_ rival: BaselineHead, training: HeadTraining? = nil) {
    (name, title, head) = (rival.kind.rawValue, rival.kind.title, rival)
    (provenance, convex, self.training) = (rival.provenance, nil, training)
  }

  /// The bounds B_k of the convex head; nil for a gated one and for a rival, which have no certificate.
  var lipschitzBounds: [Double]? { convex?.head.lipschitzBounds }

  /// - Parameter path: the head's file, for messages.
  /// - Throws: `CommandError` when the head was trained on another encoder's embeddings.
  func requireMatch(_ encoder: any SpeechEncoder, file path: String) throws(CommandError) {
    guard head.dimension == encoder.width else {
      throw CommandError(
        .badData,
        "\(path): trained on embeddings of width \(head.dimension), the encoder's have width "
          + "\(encoder.width); train a head on this encoder")
    }
    if let trained = provenance["encoder"], trained.contains("/"),
      trained != encoder.identity.description
    {
      throw CommandError(
        .badData,
        "\(path): trained on the encoder \(trained), this one is \(encoder.identity.description); "
          + "train a head on this encoder")
    }
  }
}

extension TrainStage.Result {
  /// The head with what its training cost.
  var trained: TrainedHead {
    TrainedHead(
      head,
      training: HeadTraining(
        settings: training.settings.json, seconds: training.seconds, flops: training.flops,
        validationAccuracy: training.trace.last { $0.iteration == training.deliveredIteration }?
          .validationAccuracy))
  }
}

extension TrainingResult {
  /// The iterations, as the report has them.
  var tracePoints: [RunReport.TracePoint] {
    trace.map { record in
      RunReport.TracePoint(
        iteration: record.iteration, seconds: record.seconds, trainLoss: record.trainLoss,
        validationLoss: record.validationLoss, trainAccuracy: record.trainAccuracy,
        validationAccuracy: record.validationAccuracy, primalResidual: record.primalResidual,
        coneResidual: record.coneResidual, dualResidual: record.dualResidual,
        objective: record.quality?.objective, lowerBound: record.quality?.lowerBound)
    }
  }
}
