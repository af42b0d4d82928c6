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
    /// Rows of the report, in order, and the main one.
    var heads: [HeadEvaluation]
    var mainHead: String
    var predictions: PredictionsTable
    var certificate: Evaluation.Certificate?
    /// Test clips that could not be read again.
    var skipped: [SkippedClip]
    var clips: [Clip]
    var executedFLOPs, cachedFLOPs: Int
    var seconds: Double
  }

  /// - Parameters:
  ///   - embeddings: of `clips`, a row each.
  ///   - head: the trained head; nil evaluates the backbone's own detector alone.
  /// - Throws: `Interrupted` after Ctrl-C; what was decoded until then is in the cache.
  func run(clips: [Clip], embeddings: Matrix<Float>, head: HeadFile?) throws -> Result {
    let start = ContinuousClock.now
    let logits = head.map { $0.logits(embeddings) }
    let listener = ClipListener(
      backbone: backbone, cache: cache, preprocessing: config.preprocessing,
      maxSeconds: config.corpus.maxSeconds)
    let detector = config.evaluation.heads.contains(.standard) ? backbone.detector : nil
    if config.evaluation.heads.contains(.standard), backbone.detector == nil {
      console.logger.warning(
        "\(config.encoderPath) has no language detector of its own: no default rows")
    }
    let transcriber = config.evaluation.transcribe ? backbone.transcriber : nil

    var rows: [Row] = []
    var kept: [Int] = []
    var result = Result(
      heads: [], mainHead: "", predictions: PredictionsTable.empty, certificate: nil, skipped: [],
      clips: [], executedFLOPs: 0, cachedFLOPs: 0, seconds: 0)
    let progress = console.progress("evaluate", total: clips.count)
    for (index, clip) in clips.enumerated() {
      guard !InterruptFlag.isRaised else {
        progress.finish()
        throw Interrupted(advice: "run the command again to go on where it stopped")
      }
      do {
        var session = try listener.open(clip.path)
        var row = Row(
          cld: logits.map { languages[$0.selectingRows([index]).argmaxOfRows()[0]] })
        if let detector {
          let scores = try session.languageLogits(detector)
          row.standard = best(of: detector.languages, scores: scores)
          row.restricted = best(of: detector.languages, scores: scores, among: languages)
        }
        if let transcriber {
          var wanted = Set([row.cld, row.standard, row.restricted].compactMap { $0 })
          if config.evaluation.oracle { wanted.insert(clip.language) }
          for language in wanted.sorted() {
            row.texts[language] = try session.text(transcriber, language: language)
          }
        }
        result.executedFLOPs += session.executedFLOPs
        result.cachedFLOPs += session.cachedFLOPs
        rows.append(row)
        kept.append(index)
      } catch let error as AudioError {
        result.skipped.append(
          SkippedClip(path: clip.path, language: clip.language, reason: error.reason))
      }
      progress.update(index + 1)
    }
    progress.finish()
    result.clips = kept.map { clips[$0] }
    try score(rows, kept: kept, logits: logits, head: head, into: &result)
    result.seconds = (ContinuousClock.now - start).inSeconds
    return result
  }

  /// What the heads said about one clip.
  private struct Row {
    var cld, standard, restricted: String?
    /// By the language that the decoder was told.
    var texts: [String: String] = [:]

    init(cld: String?) { self.cld = cld }
  }

  private func best(of known: [String], scores: [Float], among wanted: [String]? = nil) -> String? {
    zip(known, scores).filter { wanted?.contains($0.0) ?? true }.max { $0.1 < $1.1 }?.0
  }

  private func score(
    _ rows: [Row], kept: [Int], logits: Matrix<Float>?, head: HeadFile?, into result: inout Result
  ) throws {
    let clips = result.clips
    guard !clips.isEmpty else {
      throw CommandError(.badData, "no test clip is left to evaluate on; see skipped.tsv")
    }
    let truth = clips.map(\.language)
    let references = clips.map(\.text)
    let hasText = config.evaluation.transcribe && backbone.transcriber != nil
    func evaluation(
      _ name: String, _ title: String, _ predicted: (Row, Clip) -> String?
    ) -> HeadEvaluation? {
      let predictions = zip(rows, clips).compactMap { predicted($0, $1) }
      guard predictions.count == rows.count else { return nil }
      return HeadEvaluation(
        name: name, title: title, languages: languages, truth: truth,
        accents: clips.map(\.accent), predictions: predictions, references: references,
        hypotheses: hasText
          ? zip(rows, predictions).map { row, language in row.texts[language] ?? "" } : nil)
    }
    let oracle = config.evaluation.oracle && hasText
    let candidates: [(name: String, title: String, predicted: (Row, Clip) -> String?)] = [
      ("cld", "CLD", { row, _ in row.cld }),
      ("default", "default detector", { row, _ in row.standard }),
      ("default-restricted", "default, run's languages only", { row, _ in row.restricted }),
      ("oracle", "oracle (true language)", { _, clip in oracle ? clip.language : nil }),
    ]
    result.heads = candidates.compactMap { evaluation($0.name, $0.title, $0.predicted) }
    guard let main = result.heads.first?.name else {
      throw CommandError(
        .badData, "nothing to evaluate: no head, and \(config.encoderPath) has no detector")
    }
    result.mainHead = main

    var margins: [Float]?
    var radii: [Double]?
    if let head, let logits {
      let labels = truth.map { languages.firstIndex(of: $0) ?? 0 }
      let signed = logits.selectingRows(kept).margins(labels: labels)
      let lipschitz = head.head.lipschitzBound
      result.certificate = Certificate(margins: signed, lipschitz: lipschitz)
      (margins, radii) = (signed, Certificate.radii(margins: signed, lipschitz: lipschitz))
    }
    result.predictions = PredictionsTable(
      paths: clips.map(\.path), languages: truth, accents: clips.map(\.accent),
      references: references,
      heads: candidates.compactMap { candidate in
        let predictions = zip(rows, clips).compactMap { candidate.predicted($0, $1) }
        guard predictions.count == rows.count else { return nil }
        return PredictionsTable.Head(
          name: candidate.name, predictions: predictions,
          hypotheses: hasText ? zip(rows, predictions).map { $0.texts[$1] ?? "" } : nil)
      }, margins: margins, radii: radii)
  }
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
