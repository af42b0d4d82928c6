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
      summed length of the references, without normalising case, punctuation or Unicode unless \
      --normalise says so. MER counts words, but each Han, kana or Thai character by itself. --bootstrap \
      gives 95 % intervals over the pairs. Both files are UTF-8; line i of one belongs to line i of the other; empty lines are empty texts.
      """)

  @Option(help: "The true texts.")
  var references: String

  @Option(help: "The recognised texts.")
  var hypotheses: String

  @Option(
    help: "What is done to the texts first: none, lower-punctuation, nfkc or whisper-basic.",
    transform: { name in
      guard let normaliser = TextNormaliser(rawValue: name) else {
        let known = TextNormaliser.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'\(name)' is no normaliser: \(known)")
      }
      return normaliser
    })
  var normalise = TextNormaliser.none

  @Option(help: "Resamples for intervals of the rates; 0 for none.")
  var bootstrap = 0

  func validate() throws {
    guard (0...100_000).contains(bootstrap) else {
      throw ValidationError("--bootstrap is \(bootstrap): needs 0 to 100000")
    }
  }

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
    let scores = TranscriptionScores(
      references: truth, hypotheses: recognised, normaliser: normalise,
      bootstrap: Bootstrap(resamples: bootstrap))
    if console.json {
      console.result(try JSONValue(encoding: scores).prettyPrinted)
    } else {
      console.result(Self.table(scores))
    }
  }

  private static func table(_ scores: TranscriptionScores) -> String {
    func line(_ name: String, _ rate: Double, _ interval: Interval?, _ counts: EditCounts) -> String
    {
      let range = interval.map { String(format: " [%.2f, %.2f]", $0.lower, $0.upper) } ?? ""
      return
        "\(name) \(String(format: "%.2f", rate)) %\(range)  (\(counts.substitutions) substitutions, "
        + "\(counts.deletions) deletions, \(counts.insertions) insertions, \(counts.hits) hits)\n"
    }
    let mixed = line("MER", scores.mer, scores.merInterval, scores.mixed)
    let empty = scores.emptyReferences
    return line("WER", scores.wer, scores.werInterval, scores.words)
      + line("CER", scores.cer, scores.cerInterval, scores.characters)
      + (scores.mixed == scores.words ? "" : mixed) + "\(scores.pairs) pairs"
      + (empty == 0 ? "" : ", \(empty) with an empty reference")
  }

  /// Lines end at a line feed only; a carriage return before it belongs to the line end.
  static func lines(of path: String) throws -> [String] {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandError(.missingInput, "\(path): cannot be read: \(error.systemReason)")
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
