import LinearAlgebra
import Testing

@testable import Cronos

/// The solver on rows that several ranks share: the ranks are threads here; `make test-mpi` has processes.
@Suite(.serialBLAS) struct RankTests {
  /// Where the ranks' rows end, as shares of all: one, two uneven ones, three of which one has none.
  static let cuts: [[Double]] = [[1], [0.57, 1], [0.02, 0.02, 1]]

  struct Kind: CustomTestStringConvertible, Sendable {
    var model = CronosSettings.Model.relu
    var precision = CronosSettings.Precision.float32
    var rho = CronosSettings.Rho.fixed(0.1)
    var gamma = 1.0
    var testDescription: String { "\(model) \(precision) \(rho) γ=\(gamma)" }
  }

  static let cases: [([Double], Kind)] = [
    (cuts[0], Kind()), (cuts[1], Kind()), (cuts[2], Kind()),
    (cuts[1], Kind(precision: .float64, rho: .automatic)),
    (cuts[2], Kind(precision: .float64, gamma: 1.5)), (cuts[2], Kind(model: .gatedReLU)),
    (cuts[1], Kind(model: .gatedReLU, precision: .float64)),
  ]

  private func settings(_ kind: Kind, _ fixture: SolverFixture) -> CronosSettings {
    var settings = fixture.settings
    (settings.method, settings.model, settings.precision) = (
      .kroneckerPCG, kind.model, kind.precision
    )
    (settings.rho, settings.gammaRatio, settings.iterations) = (kind.rho, kind.gamma, 4)
    settings.pcgIterations = nil
    if kind.precision == .float64 { settings.pcgTolerance = 1e-10 }
    return settings
  }

  private func train(
    _ settings: CronosSettings, cuts: [Double], _ training: LabelledEmbeddings,
    _ validation: LabelledEmbeddings?,
    progress: @escaping @Sendable (Int, IterationRecord) -> Bool = { _, _ in true }
  ) throws -> [TrainingResult] {
    try ThreadRanks.run(cuts.count) { ranks in
      func share(_ data: LabelledEmbeddings, reversed: Bool = false) throws -> LabelledEmbeddings {
        let ends = reversed ? [0] + cuts.map { 1 - $0 }.reversed() : [0] + cuts
        func row(_ k: Int) -> Int { Int(Double(data.count) * ends[k]) }
        let last = reversed && ranks.rank == ranks.size - 1
        return try data.share(
          row(ranks.rank)..<(last ? data.count : row(ranks.rank + 1)))
      }
      return try trainConvexHead(
        on: share(training), validation: validation.map { try share($0, reversed: true) },
        settings: settings, communicator: ranks, progress: { progress(ranks.rank, $0) })
    }.map { try $0.get() }
  }

  @Test(arguments: cases)
  func ranksGiveTheHeadOfOneProcess(_ cuts: [Double], _ kind: Kind) throws {
    let fixture = try SolverFixture("multi-300x24")
    let (training, validation) = (try fixture.training, try fixture.validation)
    let settings = settings(kind, fixture)
    let alone = try trainConvexHead(on: training, validation: validation, settings: settings)
    let shared = try train(settings, cuts: cuts, training, validation)
    // Sums in another order differ by rounding, which may make one step of conjugate gradients more or
    // less: the heads differ by what a solve leaves (pcg_tolerance, 1e-5 or 1e-10 of the right-hand side)
    // times the system's condition, some 1e3 to 1e4 here. Sums of one rank alone are off by more than 1e-1.
    let tolerance = kind.precision == .float32 ? 1e-2 : 1e-6
    for result in shared {
      #expect(result.trace.count == alone.trace.count && result.status == alone.status)
      let distance = relativeDistance(
        result.head.hiddenWeights.elements, alone.head.hiddenWeights.elements)
      #expect(distance < tolerance, "\(distance)")
      for (mine, other) in zip(result.trace, alone.trace) {
        // The same preconditioner: rounding makes one step of 35 more or less and, by the processor, up to 7
        // of the 340 that the automatic ρ takes; in float32 more.
        if kind.precision == .float64 {
          let (steps, expected) = (mine.linearSystem.steps, other.linearSystem.steps)
          #expect(abs(steps - expected) <= max(2, expected / 20), "\(steps), \(expected)")
        }
        // A loss goes with the square of the weights.
        #expect(abs(mine.trainLoss - other.trainLoss) <= 2 * tolerance * other.trainLoss)
        #expect(
          abs((mine.validationLoss ?? 0) - (other.validationLoss ?? 0))
            <= 2 * tolerance * (other.validationLoss ?? 0))
      }
      let (own, reference) = (try #require(result.quality), try #require(alone.quality))
      for (a, b) in [
        (own.objective, reference.objective), (own.networkObjective, reference.networkObjective),
        (own.lowerBound, reference.lowerBound),
        (own.stationarityResidual, reference.stationarityResidual),
        (own.coneViolation, reference.coneViolation),
      ] {
        // Sums of terms some ten times as large as they.
        #expect(abs(a - b) <= 10 * tolerance * max(1, abs(b)), "\(own) \(reference)")
      }
      #expect(result.head == shared[0].head, "ranks differ")
    }
    let again = try train(settings, cuts: cuts, training, validation)
    #expect(again[0].head == shared[0].head, "runs differ")
  }

  @Test func theBestIterateIsThatOfAllValidationRows() throws {
    let fixture = try SolverFixture("multi-300x24")
    let (training, validation) = (try fixture.training, try fixture.validation)
    var settings = settings(Kind(precision: .float64), fixture)
    settings.iterate = .bestValidation
    let alone = try trainConvexHead(on: training, validation: validation, settings: settings)
    for cuts in Self.cuts {
      for result in try train(settings, cuts: cuts, training, validation) {
        #expect(result.deliveredIteration == alone.deliveredIteration)
        #expect(result.trace.map(\.validationAccuracy) == alone.trace.map(\.validationAccuracy))
      }
    }
  }

  @Test func rankZeroDecidesWhenToStop() throws {
    let fixture = try SolverFixture("multi-300x24")
    let training = try fixture.training
    var settings = settings(Kind(), fixture)
    for stopper in 0..<2 {
      let results = try train(settings, cuts: [0.3, 1], training, nil) { rank, record in
        rank != stopper || record.iteration < 3
      }
      #expect(results.allSatisfy { $0.status == .cancelled && $0.trace.count == 3 })
    }
    (settings.iterations, settings.relativeTolerance) = (5000, 0.2)
    let converged = try train(settings, cuts: [0.3, 1], training, nil)
    #expect(converged.allSatisfy { $0.status == .converged && $0.trace.count < 5000 })
    #expect(converged[0].trace.count == converged[1].trace.count)
    settings.timeLimit = 1e-9
    let timed = try train(settings, cuts: [0.3, 1], training, nil)
    #expect(timed.allSatisfy { $0.status == .timeLimit && $0.trace.count == 1 })
  }

  @Test(arguments: [CronosSettings.Method.direct, .nystromPCG])
  func methodsOfOneProcessAreRefused(_ method: CronosSettings.Method) throws {
    let fixture = try SolverFixture("multi-300x24")
    let training = try fixture.training
    var settings = fixture.settings
    settings.method = method
    let refused = settings
    let results = ThreadRanks.run(2) { ranks in
      try trainConvexHead(
        on: training.share(ranks.share(of: 300)), settings: refused, communicator: ranks)
    }
    for result in results {
      #expect {
        _ = try result.get()
      } throws: {
        "\($0)"
          == "cronos.method is \(method.rawValue): needs kronecker-pcg, because 2 processes share the rows"
      }
    }
  }

  @Test func whatOneRankFailsInEndsAll() throws {
    let fixture = try SolverFixture("multi-300x24")
    var features = try fixture.training.features
    features[207, 5] = .nan
    let (spoilt, data) = (features, try fixture.training)
    let results = ThreadRanks.run(3) { ranks in
      let range = ranks.share(of: 300)
      return try ranks.together {
        try LabelledEmbeddings(
          features: spoilt.selectingRows(range), labels: Array(data.labels[range]),
          classes: data.classes,
          firstRow: range.lowerBound
        ).count
      }
    }
    for (rank, result) in results.enumerated() {
      #expect {
        _ = try result.get()
      } throws: { error in
        let failure = error as? RankFailure
        return failure?.rank == 2 && (failure?.underlying != nil) == (rank == 2)
          && "\(error)".hasPrefix("rank 2: embeddings: row 207, column 5 is nan")
      }
    }
  }
}
