import LinearAlgebra
import TensorFiles

extension SolverCheckpoint {
  /// The checkpoints of a solve on these rows. What the settings allow at most (iterations, time) may differ
  /// between the solve that wrote a state and the one that goes on from it.
  func store(
    _ data: LabelledEmbeddings, _ validation: LabelledEmbeddings?, _ settings: CronosSettings,
    _ method: CronosSettings.Method, _ communicator: any RowCommunicator
  ) -> Store {
    var settings = settings
    settings.method = method
    let standard = CronosSettings()
    (settings.iterations, settings.timeLimit) = (standard.iterations, standard.timeLimit)
    settings.checkpointInterval = standard.checkpointInterval
    var checksum = CRC32()
    for rows in [data, validation].compactMap({ $0 }) { rows.add(to: &checksum) }
    return Store(
      folder: folder, interval: interval, communicator: communicator,
      key: "\(settings), \(data.count)×\(data.dimension) rows, \(data.classes) classes, "
        + "\(validation?.count ?? 0) for validation, checksum \(checksum.value)")
  }
}

extension LabelledEmbeddings {
  /// Adds all rows and labels.
  fileprivate func add(to checksum: inout CRC32) {
    func add(_ block: Matrix<Float>) {
      unsafe block.withUnsafeElements { unsafe checksum.add(UnsafeRawBufferPointer($0)) }
    }
    if let source { source.forEachBlock { _, block in add(block) } } else { add(features) }
    unsafe labels.withUnsafeBytes { unsafe checksum.add($0) }
  }
}

extension ADMM {
  /// What the iterations to come depend on.
  var matrices: [String: Matrix<S>] {
    var matrices = ["u": u.both, "v": v.both, "lambda": lambda.both]
    matrices["cone"] = cone?.t
    matrices["nu"] = cone?.dual
    return matrices
  }
}
