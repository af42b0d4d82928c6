import Evaluation
import TensorFiles
import TestFolders
import Testing

/// Rival heads through the commands, and what they refuse.
@Suite struct RivalHeadTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Two languages told apart by the sign of the first of four numbers.
  private func embeddings(_ name: String, rows: Int) throws -> String {
    var file = SafetensorsWriter(metadata: ["languages": "en,hi", "encoder": "test/x/mean"])
    var floats: [Float] = []
    for i in 0..<rows {
      floats += [i % 2 == 0 ? -1 : 1, Float(i % 7) / 7, Float(i % 5) / 5, 0.5]
    }
    file.add("embeddings", shape: [rows, 4], floats: floats)
    file.add("labels", shape: [rows], int32s: (0..<rows).map { Int32($0 % 2) })
    let path = folder(name)
    try file.write(to: path)
    return path
  }

  @Test(arguments: ["knn", "linear-svm", "kernel-svm", "nn"])
  func rivalsTrainOnEmbeddings(_ kind: String) async throws {
    let training = try embeddings("t.safetensors", rows: 40)
    let validation = try embeddings("v.safetensors", rows: 20)
    let outcome = try expectSuccess(
      await cld(
        "train", "--embeddings", training, "--validation", validation, "--head", kind,
        "--output", folder("out"), "--set", "evaluation.nn.learning_rate=0.01", "--set",
        "evaluation.nn.weight_decay=[0]", "--set", "evaluation.nn.epochs=[5,40]", "--json"))
    let report = try json(outcome.output)
    #expect(report["main_head"]?.string == kind)
    #expect(report.at("detection.accuracy")?.double == 1)
    #expect(report["certificate"] == .null)
    #expect(report["solver"] == .null)
    let file = try SafetensorsFile(path: folder("out/head-\(kind).safetensors"))
    #expect(file.metadata["kind"] == kind)
    #expect(file.metadata["encoder"] == "test/x/mean")
    #expect(exists(folder("out/report.html")))
  }

  @Test func gridsNeedValidationRowsAndKnownValues() async throws {
    let training = try embeddings("t.safetensors", rows: 40)
    let common = ["train", "--embeddings", training, "--output", folder("out"), "--quiet"]
    expectRefusal(
      try await cld(common + ["--head", "knn"]), 65, naming: "evaluation.knn", "36 candidates",
      "validation")
    expectRefusal(
      try await cld(common + ["--head", "knn", "--set", "evaluation.knn.metric=chebyshev"]), 65,
      naming: "evaluation.knn.metric", "'euclidean'")
    expectRefusal(
      try await cld(common + ["--head", "nn", "--set", "evaluation.nn.dropout=1"]), 65,
      naming: "evaluation.nn.dropout is 1")
    expectRefusal(
      try await cld(common + ["--set", "evaluation.knn.kay=3"]), 65, naming: "evaluation.knn.kay")
    try expectSuccess(
      await cld(
        common + ["--head", "linear-svm", "--set", "evaluation.linear_svm.C=1"]))
    let outcome = try await cld(common + ["--head", "forest"])
    #expect(outcome.status == 64)
  }

  @Test func curvesAreWrittenWhereAsked() async throws {
    let training = try embeddings("t.safetensors", rows: 40)
    try expectSuccess(
      await cld(
        "train", "--embeddings", training, "--output", folder("out"), "--set",
        "curves=[\"csv\",\"tensorboard\"]", "--set", "cronos.neurons=4"))
    #expect(try text(of: folder("out/curves.csv")).split(separator: "\n").count == 7)
    #expect(exists(folder("out/events.out.tfevents.cld-train")))
  }
}
