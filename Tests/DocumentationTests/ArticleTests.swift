import Foundation
import Testing

/// Every example of the articles stands in a file of this target, where it is compiled and run.
@Suite struct ArticleTests {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  private static let sources = tests.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources")

  @Test(arguments: [
    ("Cronos", "TrainFromAMatrix"), ("Embeddings", "EmbedAFolder"), ("Evaluation", "EvaluateAHead"),
  ])
  func examplesAreCompiled(module: String, article: String) throws {
    let path = "\(module)/\(module).docc/\(article).md"
    let text = try String(
      contentsOf: Self.sources.appendingPathComponent(path), encoding: .utf8)
    let code = try String(
      contentsOf: Self.tests.appendingPathComponent(article + "Tests.swift"), encoding: .utf8)
    let blocks = text.components(separatedBy: "```swift\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    #expect(blocks.count >= 3)
    for block in blocks {
      let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
      // Imports are sorted into those of the file.
      for line in lines where line.hasPrefix("import ") { #expect(code.contains(line + "\n")) }
      let body = lines.drop { $0.hasPrefix("import ") || $0.isEmpty }.joined(separator: "\n")
      #expect(code.contains(body), "\(article): not compiled: \(body)")
    }
  }
}
