import Foundation
import LinearAlgebra
import TensorFiles
import TestFolders
import Testing

@testable import Cronos

/// A solve that ends in the middle and goes on from its checkpoint gives what it would have given.
@Suite(.serialBLAS) struct CheckpointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  struct Kind: CustomTestStringConvertible, Sendable {
    var method: CronosSettings.Method
    var model = CronosSettings.Model.relu
    var precision = CronosSettings.Precision.float32
    var gamma = 1.0
    var rho = CronosSettings.Rho.fixed(0.1)
    var iterate = CronosSettings.Iterate.last
    var ranks = 1
    var testDescription: String { "\(self)" }
  }

  static let kinds = [
    Kind(method: .direct), Kind(method: .direct, precision: .float64, gamma: 1.5),
    Kind(method: .kroneckerPCG), Kind(method: .kroneckerPCG, rho: .automatic, ranks: 3),
    Kind(method: .kroneckerPCG, model: .gatedReLU, gamma: 0.8, iterate: .bestValidation, ranks: 2),
    Kind(method: .nystromPCG), Kind(method: .direct, iterate: .bestValidation),
    // Too small for float32: the solve is repeated in float64 before the first checkpoint.
    Kind(method: .direct, rho: .fixed(1e-7)),
  ]

  private func train(
    _ kind: Kind, iterations: Int = 10, keeping: Bool = true, beta: Double? = nil,
    relabelling row: Int? = nil,
    log: @escaping @Sendable (String) -> Void = { _ in },
    until stop: Int = .max
  ) throws -> [TrainingResult] {
    let fixture = try SolverFixture(kind.rho == .fixed(1e-7) ? "binary-160x48" : "multi-300x24")
    var training = try fixture.training
    let validation = try fixture.validation
    if let row {
      var labels = training.labels
      labels[row] = (labels[row] + 1) % training.classes
      training = try LabelledEmbeddings(
        features: training.features, labels: labels, classes: training.classes)
    }
    var settings = fixture.settings
    (settings.method, settings.model, settings.precision) = (
      kind.method, kind.model, kind.precision
    )
    (settings.gammaRatio, settings.rho, settings.iterate) = (kind.gamma, kind.rho, kind.iterate)
    (settings.iterations, settings.beta) = (iterations, beta ?? settings.beta)
    let (own, folder, rows) = (settings, folder.path, training)
    return try ThreadRanks.run(kind.ranks) { ranks in
      func share(_ data: LabelledEmbeddings) throws -> LabelledEmbeddings {
        ranks.size == 1 ? data : try data.share(ranks.share(of: data.count))
      }
      return try trainConvexHead(
        on: share(rows), validation: share(validation), settings: own, communicator: ranks,
        checkpoint: keeping ? SolverCheckpoint(folder: folder, every: 3) : nil,
        log: { log($0.description) },
        progress: { $0.iteration < stop })
    }.map { try $0.get() }
  }

  /// What of two results has to be the same to the bit: all but times and operations.
  private func expectSame(_ a: TrainingResult, _ b: TrainingResult) {
    #expect(a.head == b.head && a.u == b.u && a.v == b.v && a.hyperplanes == b.hyperplanes)
    #expect(a.status == b.status && a.deliveredIteration == b.deliveredIteration)
    #expect(a.precision == b.precision && a.quality == b.quality)
    func timeless(_ trace: [IterationRecord]) -> [IterationRecord] {
      trace.map {
        var record = $0
        record.seconds = 0
        return record
      }
    }
    #expect(timeless(a.trace) == timeless(b.trace))
  }

  @Test(arguments: kinds) func goingOnGivesTheSameHead(_ kind: Kind) throws {
    let whole = try train(kind, keeping: false)
    #expect(files == [])
    // Stopped three times: after a checkpoint was written, at one, and before the next.
    for stop in [4, 6, 7] {
      let stopped = try train(kind, until: stop)
      #expect(stopped.allSatisfy { $0.status == .cancelled && $0.trace.count == stop })
      #expect(files.count == kind.ranks, "\(files)")
      #expect(files.allSatisfy { $0.hasPrefix("checkpoint-\(stop)") }, "\(files)")
    }
    let resumed = try train(kind)
    for (a, b) in zip(resumed, whole) { expectSame(a, b) }
    #expect(files == [])
  }

  /// A process that is killed leaves the checkpoint of the interval, maybe half of the next one, and, of
  /// several ranks, files of one that the others do not have.
  @Test(arguments: [1, 2]) func whatAKilledSolveLeavesIsGoneOnFrom(_ ranks: Int) throws {
    let kind = Kind(method: .kroneckerPCG, ranks: ranks)
    let whole = try train(kind, keeping: false)
    _ = try train(kind, until: 6)
    let kept = files
    try folder.write("checkpoint-9.safetensors.1.2.partial", "half")
    if ranks > 1 {
      // Rank 0 was ahead of the others.
      try FileManager.default.copyItem(
        atPath: folder("checkpoint-6-rank-0-of-2.safetensors"),
        toPath: folder("checkpoint-9-rank-0-of-2.safetensors"))
    } else {
      // No checkpoint at all: cut off.
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder(kept[0])))
      try folder.write("checkpoint-9.safetensors", bytes.prefix(100))
    }
    let lines = Lines()
    let resumed = try train(kind, log: { lines.append($0) })
    #expect(lines.all.contains("going on after iteration 6, from its checkpoint"), "\(lines.all)")
    for (a, b) in zip(resumed, whole) { expectSame(a, b) }
    #expect(files == [])
  }

  @Test func othersCheckpointsAreNotGoneOnFrom() throws {
    let kind = Kind(method: .direct)
    _ = try train(kind, until: 6)
    let lines = Lines()
    let other = try train(kind, beta: 0.5, log: { lines.append($0) }, until: 4)
    #expect(other[0].trace.count == 4)
    #expect(
      lines.all.contains { $0.contains("not of these rows and settings; the training begins anew") }
    )
    #expect(files == ["checkpoint-4.safetensors"])
  }

  /// One label of 300 is another: these are other rows.
  @Test func labelsBelongToTheRows() throws {
    let kind = Kind(method: .direct)
    _ = try train(kind, until: 6)
    let lines = Lines()
    _ = try train(kind, relabelling: 299, log: { lines.append($0) }, until: 4)
    #expect(lines.all.contains { $0.contains("not of these rows and settings") })
  }

  /// Each of a state's matrices in another shape, ν of γ ≠ 1 among them.
  @Test func aStateOfOtherShapesIsRefused() throws {
    let fixture = try SolverFixture("multi-300x24")
    var settings = fixture.settings
    settings.gammaRatio = 1.5
    let workspace = try Workspace<Float>(
      data: fixture.training, validation: nil, settings: settings, method: .direct)
    var admm = ADMM(workspace: workspace, settings: settings)
    for _ in 0..<2 { _ = try admm.iterate() }
    let (state, memory) = (admm.matrices, admm.systemMemory)
    let isRestored = admm.restore(state, memory: memory)
    #expect(state["nu"] != nil && isRestored)
    for name in state.keys {
      var other = state
      other[name] = Matrix(rows: 1, columns: 1)
      let isTaken = admm.restore(other, memory: memory)
      #expect(!isTaken, "\(name)")
    }
  }

  /// More iterations than the solve was allowed before are no other settings.
  @Test func moreIterationsGoOn() throws {
    let kind = Kind(method: .direct)
    let whole = try train(kind, iterations: 14, keeping: false)
    _ = try train(kind, iterations: 10, until: 8)
    let lines = Lines()
    let resumed = try train(kind, iterations: 14, log: { lines.append($0) })
    #expect(lines.all.contains("going on after iteration 8, from its checkpoint"))
    expectSame(resumed[0], whole[0])
  }

  private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []
    func append(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
  }
}
