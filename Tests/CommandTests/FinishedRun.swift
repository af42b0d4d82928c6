import Evaluation
import TestFolders
import Testing

/// A run of all stages that the tests of a suite look at: it is done once, and removed after them.
struct FinishedRun: SuiteTrait, TestScoping {
  struct Result: Sendable {
    let folder: TemporaryFolder
    let model, config: String
    let outcome: Outcome
    /// The run's folder.
    var output: String { folder("out") }
    var head: String { output + "/head.safetensors" }
  }

  @TaskLocal private static var current: Result?

  /// - Throws: when the suite lacks the trait.
  static func result() throws -> Result { try #require(current) }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let model = try SpeechModel.writeShort(to: folder("model"))
    let config = try folder.write(
      "config.json",
      SampleConfig.make(
        model: "model", output: folder("out"), languages: ["en": "", "hi": "", "id": ""]))
    let outcome = try await cld("--config", config)
    let result = Result(folder: folder, model: model, config: config, outcome: outcome)
    try await Self.$current.withValue(result) { try await function() }
  }
}

extension Trait where Self == FinishedRun {
  static var finishedRun: Self { Self() }
}
