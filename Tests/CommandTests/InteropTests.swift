import Evaluation
import Foundation
import TensorFiles
import TestFolders
import Testing

/// `import`, `export`, `inspect`, and embeddings from and for other programs.
@Suite struct InteropTests {
  private static let pickles = fixture("pickle")
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: import

  @Test(arguments: ["model", "model-protocol2", "model-protocol5", "model-oldjax"])
  func importsJaxcldsPickles(name: String) async throws {
    let output = folder("head.safetensors")
    let outcome = try expectSuccess(
      await cld(
        "import", "\(Self.pickles)/\(name).pkl", "--output", output, "--languages",
        "en,hi,id,ms,zh", "--backbone", "facebook/mms-1b-all", "--training-rows",
        folder("train.safetensors"), "--validation-rows", folder("val.safetensors"), "--tensors",
        folder("all.safetensors"), "--json"))
    #expect(outcome.error == "")
    #expect(try json(outcome.output)["width"] == 16)
    let expected = try SafetensorsFile(
      path: "\(Self.pickles)/\(name.split(separator: "-protocol")[0]).expected.safetensors")
    let head = try SafetensorsFile(path: output)
    #expect(head.metadata["languages"] == "en,hi,id,ms,zh")
    #expect(head.metadata["backbone"] == "facebook/mms-1b-all")
    #expect(try json(head.metadata["hyperparameters"] ?? "")["neurons"] == 4)
    for key in ["theta1", "theta2"] { #expect(try head.floats(key) == expected.floats(key)) }
    let all = try SafetensorsFile(path: folder("all.safetensors"))
    for key in ["v", "d_diags"] { #expect(try all.floats(key) == expected.floats(key)) }
    #expect(try all.uint32s("seed").count == 2)
    let rows = try SafetensorsFile(path: folder("val.safetensors"))
    #expect(try rows.floats("embeddings") == expected.floats("features"))

    // What was taken along trains.
    try expectSuccess(
      await cld(
        "train", "--embeddings", folder("train.safetensors"), "--validation",
        folder("val.safetensors"), "--output", folder("run"), "--set", "cronos.neurons=4"))
  }

  /// The fixture has its languages in model.json beside it; a pickle alone gets numbers.
  @Test func namesOfClasses() async throws {
    let beside = try expectSuccess(
      await cld("import", "\(Self.pickles)/model.pkl", "-o", folder("a.safetensors")))
    #expect(beside.error.contains("languages from \(Self.pickles)/model.json: en,hi,id,ms,zh"))

    let alone = try folder.write(
      "alone.pkl", Data(contentsOf: URL(fileURLWithPath: "\(Self.pickles)/model.pkl")))
    let numbered = try expectSuccess(
      await cld("import", alone, "-o", folder("b.safetensors")))
    #expect(numbered.error.contains("0,1,2,3,4"))
    #expect(
      try SafetensorsFile(path: folder("b.safetensors")).metadata["languages"] == "0,1,2,3,4")

    // jaxcld's config: an object by language.
    let config = try folder.write(
      "data.json", ["languages": ["zh": [:], "en": [:], "ms": [:], "hi": [:], "id": [:]]])
    try expectSuccess(
      await cld("import", alone, "-o", folder("c.safetensors"), "--languages", config))
    #expect(
      try SafetensorsFile(path: folder("c.safetensors")).metadata["languages"] == "en,hi,id,ms,zh")

    expectRefusal(
      try await cld("import", alone, "-o", folder("d.safetensors"), "--languages", "en,hi"), 65,
      naming: alone, "has 5 classes, 2 languages")
    expectRefusal(
      try await cld("import", alone, "-o", folder("d.safetensors"), "--languages", "en,en"), 64,
      naming: "distinct names")
    #expect(!exists(folder("d.safetensors")))
  }

  @Test(arguments: [
    ("bad-os-system", "os.system"), ("bad-truncated", "25212 bytes are announced"),
    ("bad-huge-length", "are announced"),
  ])
  func hostilePickles(name: String, words: String) async throws {
    let path = "\(Self.pickles)/\(name).pkl"
    expectRefusal(
      try await cld("import", path, "-o", "head.safetensors", in: folder.path), 65, naming: path,
      words)
    expectRefusal(try await cld("inspect", path, in: folder.path), 65, naming: path, words)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func filesThatAreNoPickles() async throws {
    let text = try folder.write("text.pkl", "hello")
    expectRefusal(
      try await cld("import", text, "-o", folder("h.safetensors")), 65, naming: text)
    expectRefusal(
      try await cld("import", folder("none.pkl"), "-o", folder("h.safetensors")), 66,
      naming: folder("none.pkl"), "cannot be read")
    expectRefusal(
      try await cld("import", folder.path, "-o", folder("h.safetensors")), 66,
      naming: "not a regular file")
  }

  // MARK: export

  private func importedHead() async throws -> String {
    let head = folder("head.safetensors")
    try expectSuccess(
      await cld("import", "\(Self.pickles)/model.pkl", "--output", head, "--quiet"))
    return head
  }

  @Test func everyFormat() async throws {
    let head = try await importedHead()
    for (format, suffix) in [("jaxcld-pickle", "pkl"), ("npz", "npz"), ("onnx", "onnx")] {
      let outcome = try expectSuccess(await cld("export", "--format", format, head))
      #expect(outcome.outputLines == [folder("head." + suffix)])
      #expect(exists(folder("head." + suffix)))
    }
    let truth = try SafetensorsFile(path: head)
    let npz = try NPZFile(path: folder("head.npz"))
    #expect(try npz.array("theta1").floats() == truth.floats("theta1"))
    #expect(try npz.array("languages").strings() == ["en", "hi", "id", "ms", "zh"])

    // There and back.
    try expectSuccess(
      await cld(
        "import", folder("head.pkl"), "-o", folder("back.safetensors"), "--languages",
        "en,hi,id,ms,zh"))
    let back = try SafetensorsFile(path: folder("back.safetensors"))
    for key in ["theta1", "theta2"] { #expect(try back.floats(key) == truth.floats(key)) }
    #expect(back.metadata["hyperparameters"] == truth.metadata["hyperparameters"])

    expectRefusal(
      try await cld("export", "--format", "safetensors", head), 64, naming: "--output is needed")
    try expectSuccess(
      await cld("export", "--format", "safetensors", head, "-o", folder("copy.safetensors")))
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: folder("copy.safetensors")))
        == Data(contentsOf: URL(fileURLWithPath: head)))
  }

  @Test func whatCannotBeExported() async throws {
    let rows = try SmallProblem().write(to: folder("x.safetensors"))
    try expectSuccess(
      await cld(
        "train", "--embeddings", rows, "--output", folder("gated"), "--set",
        "cronos.model=gated-relu", "--set", "cronos.neurons=4"))
    let gated = folder("gated/head.safetensors")
    expectRefusal(
      try await cld("export", "--format", "jaxcld-pickle", gated), 65, naming: gated, "gated")
    try expectSuccess(await cld("export", "--format", "onnx", gated))
    try expectSuccess(await cld("export", "--format", "npz", gated))
    #expect(try NPZFile(path: folder("gated/head.npz")).array("gates").shape == [4, 4])
    try expectSuccess(await cld("export", "--model-card", folder("gated")))
    let card = try text(of: folder("gated/README.md"))
    #expect(card.contains("X @ gates") && !card.contains("CVXNNLangDetectHead"))

    try expectSuccess(
      await cld(
        "train", "--embeddings", rows, "--validation", rows, "--output", folder("svm"), "--head",
        "linear-svm"))
    let rival = folder("svm/head-linear-svm.safetensors")
    expectRefusal(
      try await cld("export", "--format", "onnx", rival), 65, naming: rival, "only convex heads")
    expectRefusal(
      try await cld("export", "--format", "onnx", "\(Self.pickles)/model.pkl"), 65,
      naming: "a pickle", "cld-train import")
    #expect(try await cld("export", gated).status == 64)
    #expect(try await cld("export", "--format", "onnx", "--model-card", gated).status == 64)
  }

  @Test func modelCard() async throws {
    let rows = try SmallProblem().write(to: folder("x.safetensors"))
    try expectSuccess(
      await cld(
        "train", "--embeddings", rows, "--output", folder("run"), "--set", "cronos.neurons=4"))
    let outcome = try expectSuccess(
      await cld(
        "export", "--model-card", folder("run"), "--license", "mit", "--backbone",
        "openai/whisper-base"))
    #expect(outcome.outputLines == [folder("run/README.md")])
    let card = try text(of: folder("run/README.md"))
    let report = try json(text(of: folder("run/report.json")))
    let accuracy = try #require(report.at("detection.accuracy")?.double)
    for words in [
      "---\nlanguage:\n- \"en\"\n- \"hi\"\nlicense: \"mit\"\nbase_model: \"openai/whisper-base\"\n",
      "- type: accuracy\n      value: \((accuracy * 1e4).rounded() / 1e4)\n",
      "Measured on the training rows", "| theta1 | (2, 4, 8) |", "| neurons | 4 |",
      "Lipschitz bounds",
    ] {
      #expect(card.contains(words), "no '\(words)'")
    }
    expectRefusal(
      try await cld("export", "--model-card", folder("none")), 66, naming: folder("none"))
    try FileManager.default.removeItem(atPath: folder("run/report.json"))
    expectRefusal(
      try await cld("export", "--model-card", folder("run")), 66, naming: "report.json")
  }

  // MARK: inspect

  @Test func inspect() async throws {
    let head = try await importedHead()
    let shown = try expectSuccess(await cld("inspect", head))
    #expect(shown.outputLines[0] == "\(head): CLD head of 5 languages (safetensors)")
    #expect(shown.output.contains("languages: en,hi,id,ms,zh"))

    let pickle = try json(
      expectSuccess(await cld("inspect", "--json", "\(Self.pickles)/model.pkl")).output)
    #expect(
      pickle["kind"] == "pickle of protocol 4: jaxcld.models.cvx_relu_mlp.CVX_ReLU_MLP")
    #expect(pickle.at("values.n_classes") == "5")
    guard case .array(let arrays) = pickle["arrays"] else {
      Issue.record("no arrays")
      return
    }
    #expect(arrays.contains(["name": "theta1", "type": "F32", "shape": [5, 16, 8]]))

    for (path, words) in [
      (fixture("npy/float16.npy"), "npy array"), (fixture("npz/deflated.npz"), "npz archive"),
      (try SmallProblem().write(to: folder("x.safetensors")), "embeddings (safetensors)"),
    ] {
      #expect(try expectSuccess(await cld("inspect", path)).output.contains(words))
    }
    expectRefusal(try await cld("inspect", folder("none")), 66, naming: folder("none"))
  }

  // MARK: Embeddings

  /// The same rows as npz, as two npy files and as safetensors give the same head.
  @Test func waysIn() async throws {
    let problem = SmallProblem()
    let names = problem.labels.map { $0 == 0 ? "en" : "hi" }
    let matrix = NPYWriter.data(shape: [8, 4], floats: problem.features)
    let numbers = NPYWriter.data(shape: [8], int32s: problem.labels)
    var npz = NPZWriter()
    npz.add("X", matrix)
    npz.add("y", NPYWriter.data(shape: [8], strings: names))
    try npz.write(to: folder("x.npz"))
    try folder.write("x.npy", matrix)
    try folder.write("y.npy", numbers)
    let safetensors = try problem.write(to: folder("x.safetensors"))
    var heads: [[Float]] = []
    for (i, arguments) in [
      [safetensors], [folder("x.npz"), "--validation", folder("x.npz")],
      [folder("x.npy"), "--labels", folder("y.npy"), "--languages", "en,hi"],
    ].enumerated() {
      let output = folder("out\(i)")
      try expectSuccess(
        await cld(
          ["train", "--embeddings"] + arguments
            + ["--output", output, "--set", "cronos.neurons=4"]))
      let head = try SafetensorsFile(path: output + "/head.safetensors")
      #expect(head.metadata["languages"] == "en,hi")
      heads.append(try head.floats("theta1"))
    }
    #expect(heads[1] == heads[0] && heads[2] == heads[0])

    func refused(_ arguments: String..., naming words: String) async throws {
      let outcome = try await cld(
        ["train", "--embeddings"] + arguments + ["--output", folder("no")])
      #expect(outcome.status == 65 && outcome.error.contains(words), "\(outcome.error)")
    }
    try await refused(folder("x.npy"), naming: "--labels names a file")
    try await refused(
      folder("x.npy"), "--labels", folder("y.npy"), naming: "does not say which languages")
    try await refused(
      folder("x.npz"), "--languages", "en,zh", naming: "row 1 is 'hi', not one of en,zh")
    try await refused(folder("y.npy"), "--labels", folder("y.npy"), naming: "expected shape")
    try await refused(
      folder("x.npz"), "--labels", folder("x.npy"), naming: "expected shape")
    #expect(try await cld("train", "--config", "c.json", "--labels", "y.npy").status == 64)
  }
}
