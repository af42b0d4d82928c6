import Evaluation
import TensorFiles
import TestFolders
import Testing

/// `train --embeddings` on jaxcld's problems.
@Suite struct TrainTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: SolverProblem.names)
  func embeddingsGivePublishedTheta(_ name: String) async throws {
    let problem = try SolverProblem(name)
    let training = try problem.write("X", "y", to: folder("train.safetensors"))
    let validation = try problem.write("Xval", "yval", to: folder("validation.safetensors"))
    try expectSuccess(
      await cld(
        ["train", "--embeddings", training, "--validation", validation]
          + ["--output", folder("out")] + problem.settings))

    let head = try SafetensorsFile(path: folder("out/head.safetensors"))
    // The fixture's own tolerance: ten times the noise between float32 implementations.
    let thetaTolerance = problem.number("tolerance.short_run_theta_relative_frobenius")
    for theta in ["theta1", "theta2"] {
      let expected = "short." + theta
      #expect(head.entry(theta)?.shape == problem.tensors.entry(expected)?.shape)
      #expect(head.entry(theta)?.elementType == .float32)
      #expect(
        relativeDistance(try head.floats(theta), try problem.tensors.floats(expected))
          < thetaTolerance)
    }
    #expect(head.metadata["languages"] == problem.languages.joined(separator: ","))
    for key in ["encoder", "hyperparameters", "opt_seed", "version"] {
      #expect(head.metadata[key]?.isEmpty == false, "\(key)")
    }

    let trace = try text(of: folder("out/trace.jsonl")).split(separator: "\n").map {
      try json(String($0))
    }
    #expect(
      trace.compactMap { $0["iteration"]?.double }
        == (1...Int(problem.number("hyperparameters.admm_iters"))).map(Double.init))
    let tolerance = problem.number("tolerance.short_run_relative_frobenius")
    for (key, tensor) in [
      ("train_loss", "short.train_loss"), ("validation_loss", "short.val_loss"),
    ] {
      let losses = trace.compactMap { $0[key]?.double.map { Float($0) } }
      let expected = try problem.tensors.floats(tensor)
      // A loss is ‖r‖²/n with r = Fu − Y and ‖Fu‖ near ‖Y‖ = √n: an error of t in Fu moves it by up to
      // 2t‖Y‖/‖r‖ = 2t/√loss of itself, which near interpolation is more than t.
      let amplification = max(1, 2 / Double(expected.min() ?? 1).squareRoot())
      #expect(relativeDistance(losses, expected) < tolerance * amplification, "\(key)")
    }
  }

  /// What architecture promises of every report.json; a stage that did not run has null.
  @Test func reportHasItsKeysAndIsPrinted() async throws {
    let problem = try SolverProblem("multi-300x24")
    let training = try problem.write("X", "y", to: folder("train.safetensors"))
    let outcome = try expectSuccess(
      await cld(
        ["train", "--embeddings", training, "--output", folder("out"), "--json", "--quiet"]
          + problem.settings))
    #expect(outcome.error == "")
    let report = try json(text(of: folder("out/report.json")))
    #expect(try json(outcome.output) == report)
    for key in ReportKeys.all where !key.hasPrefix("transcription.") {
      #expect(report.at(key) != nil, "\(key)")
    }
    #expect(report["transcription"] == .null)
    #expect(report.at("data.train") == 300)
    #expect(report.at("data.test") == 0)
    #expect(report.at("solver.iterations") == 6)
    #expect(report.at("solver.method") == "nystrom-pcg")
    #expect(report.at("solver.precision") == "float32")
    let (rho, weight) = (report.at("solver.rho"), report.at("solver.weight_penalty"))
    // One penalty for both, as published.
    #expect(rho?.double == problem.number("hyperparameters.rho") && weight == rho)
    #expect((report.at("flops.solver.counted")?.double ?? 0) > 0)
    #expect(exists(folder("out/report.md")))
    #expect(
      try json(text(of: folder("out/config.json"))).at("cronos.pcg_iters")
        == .integer(Int(problem.number("short_run.pcg_iters"))))
  }

  @Test func otherElementTypesAreTheSameNumbers() async throws {
    var problem = SmallProblem()
    // Numbers that float16 holds exactly.
    let halves = problem.features.map { Float16($0) }
    problem.features = halves.map { Float($0) }
    let files = [
      try problem.write(to: folder("a.safetensors")),
      try problem.write(
        to: folder("b.safetensors"), embeddings: "F16", bytes(halves),
        labels: "I64", bytes(problem.labels.map { Int64($0) })),
    ]
    var heads: [SafetensorsFile] = []
    for file in files {
      let output = file + ".out"
      try expectSuccess(
        await cld(
          "train", "--embeddings", file, "--output", output, "--set", "cronos.neurons=4",
          "--set", "cronos.rank=4", "--threads", "1"))
      heads.append(try SafetensorsFile(path: output + "/head.safetensors"))
    }
    #expect(heads[0].entry("theta1")?.shape == [2, 4, 8])
    #expect(heads[0].entry("theta2")?.shape == [2, 8])
    #expect(try heads[0].floats("theta2").contains { $0 != 0 })
    #expect(try heads[0].floats("theta1") == heads[1].floats("theta1"))
    #expect(try heads[0].floats("theta2") == heads[1].floats("theta2"))
  }

  @Test func settingsAndSeedDecideTheHead() async throws {
    let file = try SmallProblem().write(to: folder("train.safetensors"))
    var heads: [[Float]] = []
    for seed in ["7", "7", "8"] {
      try expectSuccess(
        await cld(
          "train", "--embeddings", file, "--output", folder("out"), "--set", "cronos.neurons=3",
          "--set", "cronos.rank=4", "--set", "cronos.opt_seed=\(seed)", "--threads", "1"))
      heads.append(try SafetensorsFile(path: folder("out/head.safetensors")).floats("theta1"))
    }
    #expect(heads[0].count == 2 * 4 * 6)
    #expect(heads[0] == heads[1])
    #expect(heads[0] != heads[2])
  }
}

/// The keys of report.json that scripts depend on.
enum ReportKeys {
  static let all = [
    "detection.accuracy", "detection.per_language", "detection.per_accent", "detection.confusion",
    "transcription.wer", "transcription.cer",
    "flops.encoder.counted", "flops.solver.counted", "flops.decoder.counted",
    "flops.paper_convention_tflops",
    "timing.embed_s", "timing.train_s", "timing.evaluate_s",
    "solver.method", "solver.status", "solver.iterations", "solver.objective",
    "solver.lower_bound", "solver.relative_gap", "solver.residuals",
    "certificate.lipschitz", "certificate.median_radius", "certificate.certified_accuracy",
    "data.train", "data.validation", "data.test", "data.skipped",
  ]
}
