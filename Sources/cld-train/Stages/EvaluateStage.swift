import Cronos
import Embeddings
import Evaluation
import Foundation
import LinearAlgebra

/// Detects the language of the test clips with each head, has the backbone decode them in the
/// language that each head chose, and scores both.
struct EvaluateStage {
  let backbone: Backbone
  let cache: EmbeddingCache
  let config: RunConfig
  let languages: [String]
  let console: Console

  struct Result {
    /// Rows of the report, in order; the run is about the first one.
    let heads: [HeadEvaluation]
    let predictions: PredictionsTable
    /// nil without a trained head.
    let certificate: Evaluation.Certificate?
    let clips: [Clip]
    /// Test clips that could not be read again.
    let skipped: [SkippedClip]
    let executedFLOPs, cachedFLOPs: Int
    let seconds: Double
  }

  /// - Parameters:
  ///   - embeddings: of `clips`, a row each.
  ///   - head: the trained head; nil evaluates the backbone's own detector alone.
  /// - Throws: `Interrupted` after Ctrl-C; what was decoded until then is in the cache.
  func run(clips: [Clip], embeddings: Matrix<Float>, head: HeadFile?) throws -> Result {
    let start = ContinuousClock.now
    let logits = head.map { $0.logits(embeddings) }
    let choices = logits?.argmaxOfRows().map { languages[$0] }
    let answers = try listen(to: clips, choices: choices)
    guard !answers.rows.isEmpty else {
      throw CommandError(.badData, "no test clip is left to evaluate on; see skipped.tsv")
    }
    let table = EvaluationTable(
      languages: languages, rows: answers.rows, hasText: transcriber != nil,
      hasOracle: config.evaluation.oracle)
    let heads = table.evaluations
    guard !heads.isEmpty else {
      throw CommandError(
        .badData, "nothing to evaluate: no head, and \(config.encoderPath) has no detector")
    }
    var margins: [Float]?
    if let logits {
      let labels = answers.rows.map { languages.firstIndex(of: $0.clip.language) ?? 0 }
      margins = logits.selectingRows(answers.rows.map(\.index)).margins(labels: labels)
    }
    let lipschitz = head?.head.lipschitzBound ?? 0
    return Result(
      heads: heads, predictions: table.predictions(margins: margins, lipschitz: lipschitz),
      certificate: margins.map { Certificate(margins: $0, lipschitz: lipschitz) },
      clips: answers.rows.map(\.clip), skipped: answers.skipped,
      executedFLOPs: answers.executedFLOPs, cachedFLOPs: answers.cachedFLOPs,
      seconds: (ContinuousClock.now - start).inSeconds)
  }

  private var transcriber: (any Transcriber)? {
    config.evaluation.transcribe ? backbone.transcriber : nil
  }

  private struct Answers {
    var rows: [EvaluationTable.Row] = []
    var skipped: [SkippedClip] = []
    var executedFLOPs = 0
    var cachedFLOPs = 0
  }

  /// Asks the backbone about each clip: its own detector, and the text in every language that a head
  /// chose.
  private func listen(to clips: [Clip], choices: [String]?) throws -> Answers {
    let wantsDefault = config.evaluation.heads.contains(.standard)
    if wantsDefault, backbone.detector == nil {
      console.logger.warning(
        """
        \(config.encoderPath) has no language detector of its own, and encoder.detector names none: \
        no default rows
        """)
    }
    let detector = wantsDefault ? backbone.detector : nil
    let listener = ClipListener(
      backbone: backbone, cache: cache, preprocessing: config.preprocessing,
      maxSeconds: config.corpus.maxSeconds)
    var answers = Answers()
    let progress = console.progress("evaluate", total: clips.count)
    defer { progress.finish() }
    for (index, clip) in clips.enumerated() {
      guard !InterruptFlag.isRaised else {
        throw Interrupted(advice: "run the command again to go on where it stopped")
      }
      do {
        var session = try listener.open(clip.path)
        var row = EvaluationTable.Row(index: index, clip: clip, cld: choices?[index])
        if let detector {
          let scores = try session.languageLogits(detector)
          row.standard = best(of: detector.languages, scores: scores)
          row.restricted = best(of: detector.languages, scores: scores, among: languages)
        }
        if let transcriber {
          var wanted = Set([row.cld, row.standard, row.restricted].compactMap { $0 })
          if config.evaluation.oracle { wanted.insert(clip.language) }
          // A detector may choose a language that cannot be written: its text is then empty.
          for language in wanted.sorted() where transcriber.supports(language) {
            row.texts[language] = try session.text(transcriber, language: language)
          }
        }
        answers.rows.append(row)
        answers.executedFLOPs += session.executedFLOPs
        answers.cachedFLOPs += session.cachedFLOPs
      } catch let error as AudioError {
        answers.skipped.append(
          SkippedClip(path: clip.path, language: clip.language, reason: error.reason))
      } catch let error as DigestError {
        answers.skipped.append(
          SkippedClip(path: clip.path, language: clip.language, reason: error.reason))
      } catch let error as ClipError {
        answers.skipped.append(
          SkippedClip(path: clip.path, language: clip.language, reason: error.description))
      }
      progress.update(index + 1)
    }
    return answers
  }

  /// The language with the largest score.
  private func best(of known: [String], scores: [Float], among wanted: [String]? = nil) -> String? {
    zip(known, scores).filter { wanted?.contains($0.0) ?? true }.max { $0.1 < $1.1 }?.0
  }
}
