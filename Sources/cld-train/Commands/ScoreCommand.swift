import ArgumentParser
import Evaluation
import Foundation
import TensorFiles

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "WER and CER of two text files, a line a pair.",
    discussion: """
      Counts edits as jiwer and Hugging Face's evaluate do: summed over all pairs and divided by the \
      summed length of the references, without normalising case, punctuation or Unicode. Both \
      files are UTF-8; line i of one belongs to line i of the other; empty lines are empty texts.
      """)

  @Option(help: "The true texts.")
  var references: String

  @Option(help: "The recognised texts.")
  var hypotheses: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let truth = try Self.lines(of: references)
    let recognised = try Self.lines(of: hypotheses)
    guard truth.count == recognised.count else {
      throw CommandError(
        .badData,
        "\(references) has \(truth.count) lines, \(hypotheses) \(recognised.count): a line a pair is "
          + "needed")
    }
    guard !truth.isEmpty else { throw CommandError(.badData, "\(references): has no line") }
    let scores = TranscriptionScores(references: truth, hypotheses: recognised)
    if console.json {
      console.result(try JSONValue(encoding: scores).prettyPrinted)
    } else {
      console.result(Self.table(scores))
    }
  }

  private static func table(_ scores: TranscriptionScores) -> String {
    func line(_ name: String, _ rate: Double, _ counts: EditCounts) -> String {
      "\(name) \(String(format: "%.2f", rate)) %  (\(counts.substitutions) substitutions, "
        + "\(counts.deletions) deletions, \(counts.insertions) insertions, \(counts.hits) hits)"
    }
    return """
      \(line("WER", scores.wer, scores.words))
      \(line("CER", scores.cer, scores.characters))
      \(scores.pairs) pairs
      """
  }

  /// Lines end at a line feed only; a carriage return before it belongs to the line end.
  static func lines(of path: String) throws -> [String] {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandError(.missingInput, "\(path): \(error.systemReason)")
    }
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return try lines.enumerated().map { index, line in
      let bytes = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommandError(.badData, "\(path): line \(index + 1) is not UTF-8")
      }
      return text
    }
  }
}
