import Foundation
import TensorFiles
import TestFolders
import Testing

/// `cronos.checkpoint_every`: a training that is ended in the middle, and the same command again.
@Suite struct KilledTrainingTests {
  private let folder: TemporaryFolder
  private let training: String
  private let languages: String

  init() throws {
    folder = try TemporaryFolder()
    let problem = try SolverProblem("multi-300x24")
    training = try problem.write("X", "y", to: folder("train.safetensors"))
    languages = problem.languages.joined(separator: ",")
  }

  /// A second of work or more.
  private func arguments(_ output: String, _ method: String, every interval: Int) -> [String] {
    [
      "train", "--embeddings", training, "--output", folder(output), "--threads", "1",
      "--set", "cronos.method=\(method)", "--set", "cronos.neurons=8", "--set", "cronos.rho=auto",
      "--set", "cronos.admm_iters=120", "--set", "cronos.checkpoint_every=\(interval)",
    ]
  }

  private func checkpoints(_ output: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder(output))) ?? [])
      .filter { $0.hasPrefix("checkpoint-") && $0.hasSuffix(".safetensors") }
  }

  private func weights(_ output: String) throws -> [[Float]] {
    let head = try SafetensorsFile(path: folder(output + "/head.safetensors"))
    return try ["theta1", "theta2", "hyperplanes"].map { try head.floats($0) }
  }

  private func interrupt(_ method: String, with signal: Int32) async throws -> Outcome {
    await Turnstile.shared.enter()
    let process = try CLD(arguments("out", method, every: 20))
    while process.isRunning, checkpoints("out").isEmpty {
      try await Task.sleep(for: .milliseconds(2))
    }
    process.send(signal)
    let outcome = try await process.outcome()
    await Turnstile.shared.leave()
    return outcome
  }

  @Test(arguments: [("direct", SIGKILL), ("kronecker-pcg", SIGKILL), ("direct", SIGINT)])
  func theSameCommandGoesOnToTheSameHead(_ method: String, _ signal: Int32) async throws {
    let killed = try await interrupt(method, with: signal)
    try #require(killed.wasKilled == (signal == SIGKILL) && killed.status != 0, "\(killed.error)")
    #expect(!exists(folder("out/head.safetensors")))
    #expect(checkpoints("out").count >= 1)
    if signal == SIGINT { #expect(killed.error.contains("the same command goes on from here")) }

    let resumed = try expectSuccess(await cld(arguments("out", method, every: 20)))
    #expect(resumed.error.contains("going on after iteration "), "\(resumed.error)")
    #expect(checkpoints("out") == [])
    // An uninterrupted one, without checkpoints.
    let whole = try expectSuccess(await cld(arguments("whole", method, every: 0)))
    #expect(!whole.error.contains("going on"))
    #expect(try weights("out") == weights("whole"))
    let trace = try text(of: folder("out/trace.jsonl")).split(separator: "\n")
    #expect(trace.count == 120)
    for (line, number) in zip(trace, 1...) {
      #expect(try json(String(line)).at("iteration") == .integer(number))
    }
  }

  @Test func othersCheckpointsAreSaidNotToFit() async throws {
    _ = try await interrupt("direct", with: SIGKILL)
    let other = try expectSuccess(
      await cld(
        arguments("out", "direct", every: 20) + [
          "--set", "cronos.beta=0.5", "--set", "cronos.admm_iters=30",
        ]))
    #expect(other.error.contains("not of these rows and settings; the training begins anew"))
  }

  /// The state does not fit onto the disk: a line that says so, no head, and no half of a checkpoint.
  @Test func aFullDiskIsSaid() async throws {
    await Turnstile.shared.enter()
    let outcome = try await CLD(arguments("out", "direct", every: 5), fileLimit: 40).outcome()
    await Turnstile.shared.leave()
    #expect(outcome.status == 74 && !outcome.wasKilled, "\(outcome.error)")
    #expect(outcome.error.contains("checkpoint-5.safetensors"), "\(outcome.error)")
    #expect(outcome.error.contains("File too large"), "\(outcome.error)")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder("out"))
    #expect(!left.contains { $0.contains("checkpoint") || $0.contains("head") }, "\(left)")
  }

  /// Rows that stay in their file give the objective of rows in memory, for which `auto` is free to choose.
  @Test func rowsMayStayInTheirFile() async throws {
    let small = ["--set", "cronos.admm_iters=10", "--set", "cronos.rho=0.1"]
    var losses: [Double] = []
    for storage in ["memory", "file"] {
      let outcome = try expectSuccess(
        await cld(
          arguments(storage, "auto", every: 0) + small + [
            "--set", "cronos.storage=\(storage)", "--set", "cronos.pcg_tolerance=1e-7", "--json",
          ]))
      let report = try json(outcome.output)
      #expect(report.at("data.train") == 300)
      losses.append(try #require(report.at("solver.objective")?.double))
      if storage == "file" { #expect(report.at("solver.method") == "kronecker-pcg") }
    }
    // `direct`, whose float32 factor may leave 1e-3 of a right-hand side, beside conjugate gradients to 1e-7.
    #expect(abs(losses[0] - losses[1]) < 1e-3 * losses[0], "\(losses)")
  }

  @Test func whatCannotStayInItsFileIsRefused() async throws {
    let direct = try await cld(
      arguments("out", "direct", every: 0) + ["--set", "cronos.storage=file", "--quiet"])
    expectRefusal(direct, 65, naming: "cronos.method is direct", "kronecker-pcg", "their file")
    let matrix = try folder.write(
      "x.npy", NPYWriter.data(shape: [8, 4], floats: SmallProblem().features))
    let labels = try folder.write(
      "y.npy", NPYWriter.data(shape: [8], int32s: SmallProblem().labels))
    let npy = try await cld(
      "train", "--embeddings", matrix, "--labels", labels, "--languages", "en,hi", "--output",
      folder("npy"), "--set", "cronos.storage=file")
    expectRefusal(npy, 65, naming: matrix, "cronos.storage is file", "safetensors")
  }
}
