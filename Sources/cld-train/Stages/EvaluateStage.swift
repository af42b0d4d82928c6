import Embeddings
import Evaluation
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
    /// The first head is the one that the run is about.
    let answers: ClipAnswers
    let predictions: PredictionsTable
    /// nil without a convex head.
    let certificate: Certificate?
    let map: EmbeddingMap
    let mistakes: [Mistake]
    let clips: [Clip]
    /// Test clips that could not be read again.
    let skipped: [SkippedClip]
    /// What the report must say about the test clips.
    let notes: [String]
    let executedFLOPs, cachedFLOPs: Int
    let seconds: Double
  }

  /// - Parameters:
  ///   - embeddings: of `clips`, a row each.
  ///   - heads: the trained heads, the main one first; none evaluates the backbone's own detector
  ///     alone.
  /// - Throws: `Interrupted` after Ctrl-C; what was decoded until then is in the cache.
  func run(clips: [Clip], embeddings: Matrix<Float>, heads: [TrainedHead]) throws -> Result {
    let start = ContinuousClock.now
    let logits = heads.map { $0.head.logits(embeddings) }
    let choices = logits.map { $0.argmaxOfRows().map { languages[$0] } }
    let notes = notes(on: clips)
    for note in notes { console.logger.warning("\(note)") }
    let transcriber = transcriber(for: clips)
    let answers = try listen(to: clips, choices: choices, transcriber)
    guard !answers.rows.isEmpty else {
      throw CommandError(
        .badData, "\(config.output)/skipped.tsv: no test clip is left to evaluate; it says why")
    }
    let table = EvaluationTable(
      config: config, languages: languages, heads: heads, rows: answers.rows,
      hasText: transcriber != nil
    ).answers
    guard let main = table.heads.first else {
      throw CommandError(
        .badData,
        "\(config.encoderPath): has no detector and no head is given; add cld to evaluation.heads")
    }
    let rows = answers.rows.map(\.index)
    // Copied only where a clip is left out.
    func kept(_ matrix: Matrix<Float>) -> Matrix<Float> {
      rows.count == matrix.rows ? matrix : matrix.selectingRows(rows)
    }
    let labels = answers.rows.map { languages.firstIndex(of: $0.clip.language) ?? 0 }
    let scores = logits.first.map(kept)
    let margins = scores?.margins(labels: labels)
    let bounds = heads.first?.lipschitzBounds
    let radii = scores.flatMap { scores in
      bounds.map { Certificate.radii(logits: scores, labels: labels, bounds: $0) }
    }
    return Result(
      answers: table, predictions: table.table(margins: margins, radii: radii),
      certificate: scores.flatMap { scores in
        bounds.map { Certificate(logits: scores, labels: labels, bounds: $0) }
      },
      map: try EmbeddingMap(
        embeddings: kept(embeddings), languages: table.truth,
        predictions: main.predictions),
      mistakes: table.mistakes(margins: margins), clips: answers.rows.map(\.clip),
      skipped: answers.skipped, notes: notes, executedFLOPs: answers.executedFLOPs,
      cachedFLOPs: answers.cachedFLOPs, seconds: (ContinuousClock.now - start).inSeconds)
  }

  /// What is unusual about the test clips.
  private func notes(on clips: [Clip]) -> [String] {
    var notes: [String] = []
    let tested = Set(clips.map(\.language))
    if tested.count == 1, let only = tested.first {
      notes.append(
        "All test clips are in one language (\(only)): accuracy is the share of them that is recognised, "
          + "and nothing is said about the other languages.")
    }
    guard config.evaluation.transcribe, !clips.isEmpty else { return notes }
    let silent = clips.count { $0.text.allSatisfy(\.isWhitespace) }
    if silent == clips.count {
      notes.append("No test clip has a transcript: languages are detected, no text is decoded.")
    } else if silent > 0 {
      notes.append(
        "\(silent) of \(clips.count) test clips have no transcript: every word decoded there counts as "
          + "inserted.")
    }
    return notes
  }

  /// nil where no text is wanted or possible, and where there is none to compare with.
  private func transcriber(for clips: [Clip]) -> (any Transcriber)? {
    guard config.evaluation.transcribe,
      clips.contains(where: { !$0.text.allSatisfy(\.isWhitespace) })
    else { return nil }
    return backbone.transcriber
  }

  private struct Answers {
    var rows: [EvaluationTable.Row] = []
    var skipped: [SkippedClip] = []
    var executedFLOPs = 0
    var cachedFLOPs = 0

    mutating func skip(_ clip: Clip, _ reason: String) {
      skipped.append(SkippedClip(path: clip.path, language: clip.language, reason: reason))
    }
  }

  /// Asks the backbone about each clip: its own detector, and the text in every language that a head
  /// chose.
  private func listen(
    to clips: [Clip], choices: [[String]], _ transcriber: (any Transcriber)?
  ) throws -> Answers {
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
      cache: cache, preprocessing: config.preprocessing, maxSeconds: config.corpus.maxSeconds)
    var answers = Answers()
    let progress = console.progress("evaluate", unit: "clips", total: clips.count)
    defer { progress.finish() }
    for (index, clip) in clips.enumerated() {
      guard !InterruptFlag.isRaised else {
        throw Interrupted(advice: "run the command again to go on where it stopped")
      }
      do {
        var session = try listener.open(clip.path)
        var row = EvaluationTable.Row(index: index, clip: clip, choices: choices.map { $0[index] })
        if let detector {
          let scores = try session.languageLogits(detector)
          row.standard = best(of: detector.languages, scores: scores)
          row.restricted = best(of: detector.languages, scores: scores, among: languages)
        }
        if let transcriber {
          var wanted = Set(row.choices + [row.standard, row.restricted].compactMap { $0 })
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
        answers.skip(clip, error.reason)
      } catch let error as DigestError {
        answers.skip(clip, error.reason)
      } catch let error as ClipError {
        answers.skip(clip, error.description)
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
