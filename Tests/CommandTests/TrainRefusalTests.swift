import Foundation
import TestFolders
import Testing

/// What `train --embeddings` refuses: one line that names file and row, and nothing written.
@Suite struct TrainRefusalTests {
  private let folder: TemporaryFolder
  private var file: String { folder("train.safetensors") }

  init() throws { folder = try TemporaryFolder() }

  private func train(_ more: String...) async throws -> Outcome {
    let outcome = try await cld(
      ["train", "--embeddings", file, "--output", folder("out"), "--set", "cronos.neurons=2"]
        + more)
    #expect(!exists(folder("out")))
    return outcome
  }

  @Test(arguments: [(Float.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")])
  func numbersThatAreNotFinite(_ value: Float, _ name: String) async throws {
    var problem = SmallProblem()
    problem.features[4 * 5 + 3] = value
    _ = try problem.write(to: file)
    expectRefusal(try await train(), 65, naming: file, "row 5", "column 3", name)
  }

  @Test(arguments: [Int32(2), -1])
  func labelsOutOfRange(_ label: Int32) async throws {
    var problem = SmallProblem()
    problem.labels[6] = label
    _ = try problem.write(to: file)
    expectRefusal(try await train(), 65, naming: file, "row 6", "label \(label)", "0..<2")
  }

  @Test func aLabelTooFew() async throws {
    var problem = SmallProblem()
    problem.labels.removeLast()
    _ = try problem.write(to: file)
    expectRefusal(try await train(), 65, naming: file, "'labels'", "[8]", "[7]")
  }

  @Test func noLanguages() async throws {
    var problem = SmallProblem()
    problem.languages = nil
    _ = try problem.write(to: file)
    expectRefusal(try await train(), 65, naming: file, "languages")
  }

  @Test func aLanguageTwice() async throws {
    var problem = SmallProblem()
    problem.languages = "en,en"
    _ = try problem.write(to: file)
    expectRefusal(try await train(), 65, naming: file, "twice")
  }

  @Test func aLanguageWithoutRows() async throws {
    var problem = SmallProblem()
    problem.languages = "en,hi,id"
    _ = try problem.write(to: file)
    expectRefusal(try await train(), 65, naming: file, "'id'")
  }

  @Test func labelsThatAreNotWholeNumbers() async throws {
    let problem = SmallProblem()
    _ = try problem.write(
      to: file, embeddings: "F32", bytes(problem.features), labels: "F32",
      bytes(problem.labels.map { Float($0) }))
    expectRefusal(try await train(), 65, naming: file, "'labels'", "F32")
  }

  @Test func noFile() async throws {
    expectRefusal(try await train(), 66, naming: file)
  }

  @Test(arguments: [
    // Longer than the file; another dtype's byte count; beyond the end; two that overlap; not JSON.
    ("a length past the end", 9_999_999, #"{}"#),
    ("bytes that do not fit the shape", nil, entries("[8,4]", "[0,96]", "[96,160]")),
    ("bytes past the end", nil, entries("[8,4]", "[0,128]", "[128,1600]")),
    ("an overlap", nil, entries("[8,4]", "[0,128]", "[96,160]")),
    ("a shape that overflows", nil, entries("[4611686018427387904,4]", "[0,128]", "[128,160]")),
    ("no JSON", nil, "{\"embeddings\":"),
  ])
  func lyingHeaders(_ what: String, _ length: Int?, _ header: String) async throws {
    var data = safetensors(header: header, data: Data(count: 160))
    if let length {
      data.replaceSubrange(0..<8, with: bytes([UInt64(length).littleEndian]))
    }
    try data.write(to: URL(fileURLWithPath: file))
    expectRefusal(try await train(), 65, naming: file, "not a valid tensor file")
  }

  private static func entries(_ shape: String, _ x: String, _ y: String) -> String {
    #"{"embeddings":{"dtype":"F32","shape":\#(shape),"data_offsets":\#(x)},"#
      + #""labels":{"dtype":"I32","shape":[8],"data_offsets":\#(y)}}"#
  }

  @Test func validationOfAnotherWidth() async throws {
    _ = try SmallProblem().write(to: file)
    var other = SmallProblem()
    (other.rows, other.width) = (4, 8)
    other.labels = [0, 1, 0, 1]
    let validation = try other.write(to: folder("validation.safetensors"))
    expectRefusal(
      try await train("--validation", validation), 65, naming: validation, "width 8", "4")
  }

  @Test func validationOfOtherLanguages() async throws {
    _ = try SmallProblem().write(to: file)
    var other = SmallProblem()
    other.languages = "hi,en"
    let validation = try other.write(to: folder("validation.safetensors"))
    expectRefusal(
      try await train("--validation", validation), 65, naming: validation, "hi,en", "en,hi")
  }

  @Test func settingsThatDoNotExistOrFit() async throws {
    _ = try SmallProblem().write(to: file)
    expectRefusal(
      try await train("--set", "cronos.pcg_iter=3"), 65, naming: "'cronos.pcg_iter'",
      "'cronos.pcg_iters'")
    expectRefusal(
      try await train("--set", "corpus.root=x"), 65, naming: "'corpus'")
    expectRefusal(
      try await train("--set", "cronos.rho=0"), 65, naming: "cronos.rho", "1e-18 to 1e18")
    expectRefusal(
      try await train("--set", "cronos.rank"), 64, naming: "cronos.rank", "key.path=value")
  }

  /// The tests may run as root, whom no permission stops: a path below a file stops anybody.
  @Test func anOutputThatCannotBeWritten() async throws {
    let input = try SmallProblem().write(to: file)
    let blocked = try folder.write("plain.txt", "text") + "/out"
    expectRefusal(
      try await cld("train", "--embeddings", input, "--output", blocked), 74, naming: blocked)
  }
}
