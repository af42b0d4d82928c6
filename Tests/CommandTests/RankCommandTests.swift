import Evaluation
import Foundation
import TensorFiles
import TestFolders
import Testing

/// What a build without MPI says when mpirun starts it.
@Suite struct RankRefusalTests {
  private func environment(rank: Int) -> [String: String] {
    ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "\(rank)"]
  }

  @Test func mpirunIsNoticed() async throws {
    let folder = try TemporaryFolder()
    let file = try SmallProblem().write(to: folder("train.safetensors"))
    let arguments = ["train", "--embeddings", file, "--output", folder("out")]
    let first = try await CLD(arguments, environment: environment(rank: 0)).outcome()
    expectRefusal(first, 64, naming: "one of 2 ranks", "no MPI", "make build-mpi")
    let second = try await CLD(arguments, environment: environment(rank: 1)).outcome()
    #expect(second.status == 64 && second.error == "" && second.output == "")
    #expect(!exists(folder("out")))
  }

  @Test func otherCommandsAreForOneProcess() async throws {
    let outcome = try await CLD(
      ["score", "--references", "a", "--hypotheses", "b"], environment: environment(rank: 0)
    ).outcome()
    expectRefusal(outcome, 64, naming: "only train works on several")
  }
}

/// `train` on ranks that are processes: `make test-mpi`.
@Suite(.enabled(if: CLD.withMPI != nil), .serialized) struct MPITests {
  private let folder: TemporaryFolder
  private let problem: SolverProblem
  private let training, validation: String

  init() throws {
    folder = try TemporaryFolder()
    problem = try SolverProblem("multi-300x24")
    training = try problem.write("X", "y", to: folder("train.safetensors"))
    validation = try problem.write("Xval", "yval", to: folder("validation.safetensors"))
  }

  private func arguments(_ output: String, _ more: [String] = []) -> [String] {
    [
      "train", "--embeddings", training, "--validation", validation, "--output", folder(output),
      "--set", "cronos.neurons=8", "--set", "cronos.method=kronecker-pcg",
      "--set", "cronos.precision=float64", "--set", "cronos.pcg_tolerance=1e-12",
    ] + more
  }

  private func run(_ ranks: Int, _ arguments: [String]) async throws -> Outcome {
    try await CLD(arguments, ranks: ranks).outcome()
  }

  private func weights(_ output: String) throws -> [Float] {
    let head = try SafetensorsFile(path: folder(output + "/head.safetensors"))
    return try head.floats("theta1") + head.floats("theta2")
  }

  @Test func ranksGiveTheHeadAndTheReportOfOne() async throws {
    // Beside the build without MPI: the same to the bit for one rank.
    try expectSuccess(await cld(arguments("alone")))
    let alone = try json(text(of: folder("alone/report.json")))
    for ranks in 1...3 {
      let outcome = try expectSuccess(await run(ranks, arguments("\(ranks)", ["--json"])))
      let report = try json(text(of: folder("\(ranks)/report.json")))
      // One rank speaks.
      #expect(try json(outcome.output) == report)
      for key in [
        "data.train", "data.validation", "detection.accuracy", "detection.confusion",
        "solver.iterations", "solver.status", "solver.method",
      ] { #expect(report.at(key) == alone.at(key), "\(ranks) ranks: \(key)") }
      // What float64 and solves to 1e-12 leave, in a file of float32.
      #expect(relativeDistance(try weights("\(ranks)"), try weights("alone")) < 1e-6)
      #expect(try text(of: folder("\(ranks)/trace.jsonl")).split(separator: "\n").count == 6)
    }
    try expectSuccess(await run(3, arguments("again")))
    #expect(try weights("again") == weights("3"))
  }

  /// Two rows for three ranks: one of them has none.
  @Test func aRankMayHaveNoRow() async throws {
    var few = SmallProblem()
    (few.rows, few.features, few.labels) = (2, Array(few.features[..<8]), [0, 1])
    let file = try few.write(to: folder("few.safetensors"))
    var heads: [[Float]] = []
    for ranks in [1, 3] {
      try expectSuccess(
        await run(
          ranks,
          [
            "train", "--embeddings", file, "--output", folder("few-\(ranks)"),
            "--set", "cronos.neurons=2", "--set", "cronos.method=kronecker-pcg",
            "--set", "cronos.precision=float64",
          ]))
      heads.append(try weights("few-\(ranks)"))
    }
    // The same steps but for float64's rounding, in a file of float32.
    #expect(heads[0].contains { $0 != 0 } && relativeDistance(heads[1], heads[0]) < 1e-6)
  }

  @Test func rowsMayStayInTheirFile() async throws {
    try expectSuccess(await run(1, arguments("memory")))
    try expectSuccess(await run(2, arguments("file", ["--set", "cronos.storage=file"])))
    // As above: float64 and solves to 1e-12.
    #expect(relativeDistance(try weights("file"), try weights("memory")) < 1e-6)
    #expect(try json(text(of: folder("file/report.json"))).at("data.validation") != 0)
  }

  /// mpirun adds a notice of its own after the line.
  private func expectError(_ outcome: Outcome, _ status: Int32, _ words: String...) {
    #expect(outcome.status == status && outcome.output == "", "\(outcome.error)")
    let lines = outcome.error.split(separator: "\n").filter { $0.contains("cld-train: error: ") }
    #expect(lines.count == 1, "\(outcome.error)")
    for word in words { #expect(lines.first?.contains(word) == true, "\(outcome.error)") }
  }

  @Test func aNumberThatIsNotFiniteIsNamedByItsRow() async throws {
    var spoilt = SmallProblem()
    spoilt.features[4 * 6 + 1] = .nan
    let file = try spoilt.write(to: folder("nan.safetensors"))
    let outcome = try await run(3, ["train", "--embeddings", file, "--output", folder("nan")])
    expectError(outcome, 65, "rank 2: ", file, "row 6, column 1 is nan")
    #expect(!exists(folder("nan/head.safetensors")))
  }

  @Test func whatAllRanksRefuseIsSaidOnce() async throws {
    expectError(
      try await run(2, arguments("out", ["--set", "cronos.method=direct"])), 65,
      "cronos.method is direct", "kronecker-pcg", "2 processes")
    expectError(try await run(2, arguments("out", ["--set", "cronos.rho=-1"])), 65, "cronos.rho")
    expectError(
      try await run(2, arguments("out") + ["--head", "knn"]), 64, "--head knn", "one process")
    expectError(try await run(2, ["inspect", training]), 64, "only train")
    let usage = try await run(2, ["train", "--threads", "0", "--embeddings", training])
    #expect(usage.status == 64)
    #expect(usage.error.components(separatedBy: "Error: ").count == 2, "\(usage.error)")
  }

  @Test func aFolderThatCannotBeMadeEndsAllRanks() async throws {
    let file = try folder.write("file", "")
    expectError(
      try await run(2, arguments("out") + ["--output", file + "/out"]), 74, file + "/out")
  }

  /// A rank is killed midway: the run ends, and the same command goes on to the same head.
  @Test func aKilledRankEndsTheRunWhichGoesOn() async throws {
    let long = arguments(
      "out", ["--set", "cronos.admm_iters=300", "--set", "cronos.checkpoint_every=10"])
    let process = try CLD(long, ranks: 3)
    func checkpoints() -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder("out"))) ?? [])
        .filter { $0.hasPrefix("checkpoint-") && $0.hasSuffix("-of-3.safetensors") }
    }
    while process.isRunning, checkpoints().count < 3 {
      try await Task.sleep(for: .milliseconds(2))
    }
    let ranks = process.children
    try #require(ranks.count == 3, "\(ranks)")
    kill(ranks[1], SIGKILL)
    let killed = try await process.outcome()
    #expect(killed.status != 0 && killed.output == "")
    #expect(killed.error.contains("exited on signal 9"), "\(killed.error)")
    #expect(!exists(folder("out/head.safetensors")))

    let resumed = try expectSuccess(await run(3, long))
    #expect(resumed.error.contains("going on after iteration "), "\(resumed.error)")
    #expect(checkpoints() == [])
    try expectSuccess(
      await run(
        3,
        arguments(
          "whole", ["--set", "cronos.admm_iters=300", "--set", "cronos.checkpoint_every=0"])))
    #expect(try weights("out") == weights("whole"))
    // On another number of ranks the state is of no use.
    #expect(resumed.error.components(separatedBy: "going on").count == 2, "one rank speaks")
  }
}
