import Cronos
import Foundation
import LinearAlgebra
import TestFolders
import Testing

// The functions are those of TrainFromAMatrix.md, word for word: ArticleTests compares them.

func makeRows(count: Int, seed: UInt64) throws -> LabelledEmbeddings {
  var generator = SeededGenerator(seed: seed)
  let matrix = Matrix<Float>(rows: count, columns: 8) { _, _ in
    Float(generator.below(2_001) - 1_000) / 1_000
  }
  let labels = (0..<count).map { matrix[$0, 0] * matrix[$0, 1] > 0 ? 1 : 0 }
  return try LabelledEmbeddings(features: matrix, labels: labels, classes: 2)
}

func trainHead() throws -> TrainingResult {
  var settings = CronosSettings()
  settings.neurons = 32
  settings.rho = .automatic
  settings.iterations = 60
  settings.seed = 7
  return try trainConvexHead(
    on: makeRows(count: 400, seed: 1), validation: makeRows(count: 200, seed: 2),
    settings: settings)
}

func describe(_ result: TrainingResult) -> String {
  let accuracy = result.trace.last?.validationAccuracy ?? 0
  let gap = result.quality?.relativeGap ?? .infinity
  return "validation accuracy \(accuracy), at most \(gap) from the optimum, \(result.status)"
}

func keepAndUse(_ result: TrainingResult, at path: String) throws -> [String] {
  let file = HeadFile(
    head: result.head, languages: ["different signs", "same sign"],
    hyperplanes: result.hyperplanes)
  try file.write(to: path)

  let head = try HeadFile(path: path)
  let rows = Matrix<Float>(rows: 2, columns: 8) { row, column in
    column == 0 ? 0.8 : column == 1 ? (row == 0 ? 0.8 : -0.8) : 0
  }
  return head.logits(rows).argmaxOfRows().map { head.languages[$0] }
}

@Suite struct TrainFromAMatrixTests {
  @Test func theExampleTrains() throws {
    let result = try trainHead()
    let words = describe(result)
    // A line through the origin gets half of the rows right, and an untrained head does, too.
    #expect(result.trace.last?.validationAccuracy ?? 0 > 0.7, "\(words)")
    #expect(words.hasPrefix("validation accuracy 0."))
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    #expect(
      try keepAndUse(result, at: folder("head.safetensors")) == ["same sign", "different signs"])
  }
}
