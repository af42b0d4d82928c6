extension RunReport {
  /// One row a head: accuracy, WER and CER in percent with their intervals and the seconds of its
  /// training, aligned for a terminal, with a newline at the end. What a run prints on standard
  /// output.
  public var summaryTable: String {
    headTable.plain + (detectionOnly.map { "\n\($0)\n" } ?? "")
  }

  /// Says which heads have no error rates, and why; `nil` when all have.
  var detectionOnly: String? {
    let silent = heads.filter { $0.transcription == nil }.map(\.title)
    guard !silent.isEmpty else { return nil }
    return "\(NumberFormat.missing) detection only, no text was decoded: "
      + silent.joined(separator: ", ")
  }

  /// Each language under each head.
  var languageTable: TextTable {
    var table = TextTable(
      header: ["Language", "Head", "Clips", "Accuracy %", "95 % interval", "Precision %", "F1 %"]
        + rateHeader, leading: 2)
    for language in reportedLanguages {
      for head in heads {
        guard let scores = head.detection.perLanguage[language] else { continue }
        table.rows.append(
          [language, head.title, "\(scores.clips)", NumberFormat.share(scores.accuracy)]
            + [NumberFormat.shares(scores.interval)]
            + [NumberFormat.share(scores.precision), NumberFormat.share(scores.f1)]
            + rates(head.transcription?.perLanguage[language]))
      }
    }
    return table
  }

  /// Each accent under each head, `nil` if no clip has an accent.
  var accentTable: TextTable? {
    var accents: [String: DetectionScores.Accent] = [:]
    for head in heads { accents.merge(head.detection.perAccent) { first, _ in first } }
    guard accents.values.contains(where: { !$0.accent.isEmpty }) else { return nil }

    var table = TextTable(
      header: ["Language", "Accent", "Head", "Clips", "Accuracy %", "95 % interval"] + rateHeader,
      leading: 3)
    for language in reportedLanguages {
      for (key, accent) in accents.filter({ $0.value.language == language }).sorted(by: {
        $0.key < $1.key
      }) {
        let name = accent.accent.isEmpty ? NumberFormat.missing : accent.accent
        for head in heads {
          guard let scores = head.detection.perAccent[key] else { continue }
          table.rows.append(
            [
              language, name, head.title, "\(scores.clips)",
              NumberFormat.share(scores.accuracy), NumberFormat.shares(scores.interval),
            ]
              + rates(head.transcription?.perAccent[key]))
        }
      }
    }
    return table
  }

  /// Rows are true languages, columns what the head took them for.
  func confusionTable(_ confusion: DetectionScores.Confusion) -> TextTable {
    let anyOutside = confusion.outside.contains { $0 > 0 }
    var table = TextTable(
      header: ["true \\ predicted"] + confusion.languages + (anyOutside ? ["another"] : []))
    for (index, language) in confusion.languages.enumerated() {
      table.rows.append(
        [language] + confusion.counts[index].map { "\($0)" }
          + (anyOutside ? ["\(confusion.outside[index])"] : []))
    }
    return table
  }

  /// Counted stages, then the conventions.
  var flopTable: TextTable {
    var table = TextTable(header: ["Stage", "TFLOP", "of these from cache"])
    let stages = [
      ("Encoder, counted", flops.encoder), ("Solver, counted", flops.solver),
      ("Decoder, counted", flops.decoder),
    ]
    for (name, stage) in stages {
      table.rows.append(
        [name, NumberFormat.teraFLOP(stage.counted), NumberFormat.teraFLOP(stage.fromCache)])
    }
    for convention in FLOPConvention.allCases {
      table.rows.append(
        [convention.title, NumberFormat.general(flops.teraFLOP(convention)), ""])
    }
    return table
  }

  /// Clips of each language by what they were used for.
  var dataTable: TextTable {
    var table = TextTable(header: ["Language", "Train", "Validation", "Test", "Skipped"])
    for language in RunReport.order(languages, adding: Array(data.perLanguage.keys)) {
      let counts = data.perLanguage[language] ?? .init()
      table.rows.append(
        [language]
          + [counts.train, counts.validation, counts.test, counts.skipped].map { "\($0)" })
    }
    table.rows.append(
      ["all"] + [data.train, data.validation, data.test, data.skipped].map { "\($0)" })
    return table
  }

  /// The run's languages and whatever else was tested.
  var reportedLanguages: [String] {
    RunReport.order(languages, adding: heads.flatMap { $0.detection.perLanguage.keys })
  }

  /// Whether some clip is written without spaces between words, so that WER says little.
  private var hasMixedUnits: Bool {
    heads.contains { $0.transcription.map { $0.overall.mixed != $0.overall.words } ?? false }
  }

  private var rateHeader: [String] {
    ["WER %", "95 % interval", "CER %"] + (hasMixedUnits ? ["MER %"] : [])
  }

  private func rates(_ scores: TranscriptionScores?) -> [String] {
    [NumberFormat.percent(scores?.wer), NumberFormat.percents(scores?.werInterval)]
      + [NumberFormat.percent(scores?.cer)]
      + (hasMixedUnits ? [NumberFormat.percent(scores?.mer)] : [])
  }
}
