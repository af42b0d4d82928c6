import Foundation
import LinearAlgebra
import TensorFiles

/// Where a solve keeps its state every so many iterations, so that the same call goes on from there after
/// it was ended in whatever way, and gives what it would have given.
///
/// A file `checkpoint-ITERATION.safetensors` in the folder; where several ranks share the rows, one a rank,
/// `checkpoint-ITERATION-rank-RANK-of-SIZE.safetensors`. The one before goes when the next is complete on
/// every rank, and all of them when the solve is done.
public struct SolverCheckpoint: Sendable {
  public let folder: String
  /// Iterations between two of them, at least 1.
  public let interval: Int

  public init(folder: String, every interval: Int) {
    precondition(interval >= 1, "a checkpoint every \(interval) iterations")
    (self.folder, self.interval) = (folder, interval)
  }

  /// The checkpoints of one rank of one solve.
  struct Store {
    let folder: String
    let interval: Int
    let communicator: any RowCommunicator
    /// What has to be the same for a state to be gone on from: rows, settings, ranks.
    let key: String
  }
}

/// The part of a solve's past that its future depends on.
struct SolverState<S: BLASScalar>: Sendable {
  var iteration: Int
  /// Of the iterates, by name.
  var matrices: [String: Matrix<S>]
  /// Of the linear system.
  var memory: [Double]
  /// Of the iterate to be delivered so far; its matrices are among the others if it is not the last one.
  var deliveredIteration: Int
  var deliveredAccuracy: Double
  var trace: [IterationRecord]
  /// Wall time and operations so far.
  var seconds: Double
  var flops: Int
}

extension SolverCheckpoint.Store {
  private static let format = "cld-checkpoint 2"
  private static var prefix: String { "checkpoint-" }

  private var suffix: String {
    communicator.size == 1
      ? ".safetensors" : "-rank-\(communicator.rank)-of-\(communicator.size).safetensors"
  }

  private func path(_ iteration: Int) -> String {
    "\(folder)/\(Self.prefix)\(iteration)\(suffix)"
  }

  /// Iterations of which this rank has a file, descending.
  private var iterations: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name in
      name.hasPrefix(Self.prefix) && name.hasSuffix(suffix)
        ? Int(name.dropFirst(Self.prefix.count).dropLast(suffix.count)) : nil
    }.sorted(by: >)
  }

  /// A state that every rank can go on from.
  struct Found {
    let iteration: Int
    let precision: CronosSettings.Precision
  }

  /// The newest checkpoint of this solve before iteration `limit` that every rank has.
  /// - Parameter log: hears of checkpoints that do not belong to it.
  func newest(before limit: Int, log: (SolverMessage) -> Void) -> Found? {
    var usable: [Int: String] = [:]
    let present = iterations
    for iteration in present where iteration < limit {
      guard let metadata = try? SafetensorsFile(path: path(iteration)).metadata,
        metadata["format"] == Self.format, metadata["key"] == key
      else { continue }
      usable[iteration] = metadata["precision"]
    }
    let candidates = communicator.text(
      usable.keys.sorted(by: >).map { "\($0)" }.joined(separator: ","))
    for iteration in candidates.split(separator: ",").compactMap({ Int($0) })
    where !communicator.any(usable[iteration] == nil) {
      let precision = communicator.text(usable[iteration] ?? "")
      return CronosSettings.Precision(rawValue: precision).map {
        Found(iteration: iteration, precision: $0)
      }
    }
    if communicator.any(!present.isEmpty) {
      log(
        .decision(
          "\(folder): the checkpoints there are not of these rows and settings"
            + (communicator.size > 1 ? " on \(communicator.size) ranks" : "")
            + "; the training begins anew"))
    }
    return nil
  }

  /// Writes a state, and removes the ones before when every rank has written its own.
  /// - Throws: `TensorFileError.unwritable`, or `RankFailure`.
  func write<S: BLASScalar>(_ state: SolverState<S>) throws {
    try communicator.together {
      let encoder = JSONEncoder()
      encoder.nonConformingFloatEncodingStrategy = Self.written
      let trace = communicator.isRoot ? state.trace : []
      var file = SafetensorsWriter(metadata: [
        "format": Self.format, "key": key, "iteration": "\(state.iteration)",
        "precision": (S.self == Float.self ? CronosSettings.Precision.float32 : .float64).rawValue,
        "trace": String(decoding: try encoder.encode(trace), as: UTF8.self),
      ])
      file.add("memory", shape: [state.memory.count], doubles: state.memory)
      file.add(
        "progress", shape: [4],
        doubles: [
          Double(state.deliveredIteration), state.deliveredAccuracy, state.seconds,
          Double(state.flops),
        ])
      for (name, matrix) in state.matrices { file.add(name, matrix) }
      try file.write(to: path(state.iteration))
    }
    remove { $0 != state.iteration }
  }

  /// - Throws: `TensorFileError`, or `RankFailure`.
  func read<S: BLASScalar>(_ found: Found, as type: S.Type) throws -> SolverState<S> {
    let path = path(found.iteration)
    let (file, progress) = try communicator.together {
      let file = try SafetensorsFile(path: path)
      return (file, try file.doubles("progress"))
    }
    // Only rank 0 writes the trace.
    let json = communicator.text(file.metadata["trace"] ?? "")
    return try communicator.together {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = Self.read
      guard progress.count == 4,
        let trace = try? decoder.decode([IterationRecord].self, from: Data(json.utf8))
      else { throw TensorFileError.malformed(path: path, reason: "not the trace of a solve") }
      var matrices: [String: Matrix<S>] = [:]
      for name in file.names where name != "memory" && name != "progress" {
        matrices[name] = try file.matrix(name)
      }
      return SolverState(
        iteration: found.iteration, matrices: matrices, memory: try file.doubles("memory"),
        deliveredIteration: Int(progress[0]), deliveredAccuracy: progress[1], trace: trace,
        seconds: progress[2], flops: Int(progress[3]))
    }
  }

  /// Removes this rank's checkpoints, and what was left half-written.
  func clear() {
    remove { _ in true }
    guard communicator.isRoot else { return }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(Self.prefix) && name.hasSuffix(".partial") {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  private func remove(where isObsolete: (Int) -> Bool) {
    for iteration in iterations where isObsolete(iteration) {
      try? FileManager.default.removeItem(atPath: path(iteration))
    }
  }

  private static let written = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  private static let read = JSONDecoder.NonConformingFloatDecodingStrategy.convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}

extension SafetensorsWriter {
  fileprivate mutating func add<S: BLASScalar>(_ name: String, _ matrix: Matrix<S>) {
    if let floats = matrix.elements as? [Float] {
      add(name, shape: matrix.shape, floats: floats)
    } else if let doubles = matrix.elements as? [Double] {
      add(name, shape: matrix.shape, doubles: doubles)
    }
  }
}

extension SafetensorsFile {
  /// - Throws: `TensorFileError`.
  fileprivate func matrix<S: BLASScalar>(_ name: String) throws(TensorFileError) -> Matrix<S> {
    let isSingle = S.self == Float.self
    let shape = try entry(name, shape: [-1, -1], of: [isSingle ? .float32 : .float64]).shape
    func matrix<T: BLASScalar>(_ elements: [T]) -> Matrix<T> {
      Matrix(rows: shape[0], columns: shape[1], elements)
    }
    return isSingle
      ? matrix(try floats(name)).converted() : matrix(try doubles(name)).converted()
  }
}
