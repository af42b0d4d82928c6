extension RunReport {
  /// The text of `report.html`: one file that needs nothing else, in light and dark, and on paper.
  public var html: String {
    let sections: [(id: String, title: String, content: String?)] = [
      ("results", "Results", resultSection), ("against", "Compared", comparisonSection),
      ("errors", "Errors", errorSection), ("accents", "Languages and accents", accentSection),
      ("training", "Training", trainingSection), ("certificate", "Certificate", certificateSection),
      ("cost", "Time and operations", costSection), ("mistakes", "Worst mistakes", mistakeSection),
      ("data", "Clips", dataSection), ("config", "Configuration", configSection),
    ]
    return Markup.page(
      provenance.name, version: provenance.version, header: headSection, sections: sections)
  }

  private var headSection: String {
    let encoder = provenance.encoder
    var text = "<header>\n<h1>\(Markup.escaped(provenance.name))</h1>\n"
    let digest =
      encoder.weightsDigest.isEmpty ? "" : ", weights \(encoder.weightsDigest.prefix(12))…"
    let pooling = encoder.pooling.isEmpty ? "" : ", \(encoder.pooling) pooling"
    text += "<p class=\"meta\">"
    text += Markup.escaped(
      "\(provenance.date) · cld-train \(provenance.version) · encoder \(encoder.family)\(pooling)\(digest)"
    )
    text += "</p>\n<p class=\"lead\">\(lead.replacing(" %", with: "\u{A0}%"))</p>\n"
    text += Markup.notes(provenance.notes)
    return text + tiles + "</header>"
  }

  /// What the run found, in a sentence or two.
  private var lead: String {
    guard let main else { return "" }
    func share(_ scores: DetectionScores) -> String { "\(NumberFormat.share(scores.accuracy)) %" }
    let scores = main.detection
    var text = "<b>\(Markup.escaped(main.title)) recognises the language of \(scores.correct) of "
    text += "\(scores.clips) clips: \(share(scores))</b>"
    if let interval = scores.interval {
      text += " (95 % interval \(NumberFormat.shares(interval)))"
    }
    if let own = heads.first(where: { $0.name == "default" && $0.name != mainHead }) {
      text += "; the encoder’s own detector, \(share(own.detection))"
    }
    text += "."
    if let wer = main.transcription?.wer {
      text += " With its choices the decoder’s word error rate is \(NumberFormat.percent(wer)) %"
      if let oracle = heads.first(where: { $0.name == "oracle" })?.transcription?.wer {
        text += ", with the true language \(NumberFormat.percent(oracle)) %"
      }
      text += "."
    }
    return text
  }

  private var tiles: String {
    var tiles: [(name: String, value: String, note: String)] = []
    if let main {
      tiles.append(
        (
          "Accuracy", "\(NumberFormat.share(main.detection.accuracy)) %",
          NumberFormat.shares(main.detection.interval)
        ))
      if let text = main.transcription?.overall {
        tiles.append(
          (
            "WER", "\(NumberFormat.percent(text.wer)) %", NumberFormat.percents(text.werInterval)
          ))
        tiles.append(
          (
            "CER", "\(NumberFormat.percent(text.cer)) %", NumberFormat.percents(text.cerInterval)
          ))
      }
      tiles.append(
        (
          "Macro F1", "\(NumberFormat.share(main.detection.macroAverage.f1)) %",
          "all languages alike"
        ))
    }
    if let radius = certificate?.medianRadius {
      tiles.append(("Median certified radius", NumberFormat.general(radius), "ℓ2, of embeddings"))
    }
    if let seconds = main?.training?.seconds ?? timing.train {
      tiles.append(("Training", "\(NumberFormat.duration(seconds)) s", "\(data.train) clips"))
    }
    return Markup.tiles(tiles)
  }

  // MARK: Results

  private var summary: String {
    func cell(_ value: String, _ interval: String) -> String {
      let small =
        interval == NumberFormat.missing ? "" : "<small>\(Markup.escaped(interval))</small>"
      return "<td class=\"number\">\(Markup.escaped(value))\(small)</td>"
    }
    let rows = heads.map { head in
      let text = head.transcription?.overall
      return
        "<tr\(head.name == mainHead ? " class=\"main\"" : "")><td>\(Markup.escaped(head.title))</td>"
        + cell(
          NumberFormat.share(head.detection.accuracy), NumberFormat.shares(head.detection.interval))
        + cell(NumberFormat.share(head.detection.macroAverage.f1), NumberFormat.missing)
        + cell(NumberFormat.percent(text?.wer), NumberFormat.percents(text?.werInterval))
        + cell(NumberFormat.percent(text?.cer), NumberFormat.percents(text?.cerInterval))
        + cell(NumberFormat.duration(head.training?.seconds), NumberFormat.missing) + "</tr>\n"
    }
    let header = ["Accuracy %", "Macro F1 %", "WER %", "CER %", "Train s"]
      .map { "<th class=\"number\">\($0)</th>" }.joined()
    return
      "<div class=\"scroll\"><table class=\"summary\"><thead><tr><th>Head</th>\(header)</tr></thead>\n"
      + "<tbody>\(rows.joined())</tbody></table></div>"
  }

  private var resultSection: String? {
    let one = [Series.style(0, "all clips")]
    let accuracy = IntervalChart(
      rows: heads.filter { $0.name != "oracle" }.map { head in
        .init(
          name: head.title,
          dots: head.detection.accuracy.map {
            [.init(series: 0, value: 100 * $0, interval: head.detection.interval?.percent)]
          } ?? [])
      }, series: one, unit: "accuracy, %", most: 100)
    let spoken = heads.filter { $0.transcription != nil }
    let errors = IntervalChart(
      rows: spoken.map { head in
        .init(
          name: head.title,
          dots: head.transcription.map {
            [.init(series: 0, value: $0.wer, interval: $0.overall.werInterval)]
          } ?? [])
      }, series: one, unit: "word error rate, %")
    return Markup.section(
      "results", "Results",
      [
        summary, detectionOnly.map(Markup.paragraph),
        Markup.grid([
          Markup.figure(
            "Accuracy by head", accuracy.svg("Accuracy of each head with its interval")),
          spoken.isEmpty
            ? nil
            : Markup.figure(
              "Word error rate by head", errors.svg("WER of each head with its interval")),
        ]), Markup.paragraph(reading),
        Markup.folded("Precision, recall, F1", averageTable.html()),
        editTable.map { Markup.folded("Substitutions, deletions, insertions", $0.html()) },
        normaliserTable.map { Markup.folded("Error rates under other normalisers", $0.html()) },
      ])
  }

  private var comparisonSection: String? {
    comparisonTable.flatMap {
      Markup.section(
        "against", "\(title(of: mainHead)) against the others",
        [Markup.paragraph(comparisonReading), $0.html()])
    }
  }

  // MARK: Errors

  private var errorSection: String? {
    guard let main else { return nil }
    let confusion = main.detection.confusion
    let outside = confusion.outside.contains { $0 > 0 }
    let heat = HeatMap(
      rows: confusion.languages, columns: confusion.languages + (outside ? ["other"] : []),
      counts: confusion.counts.enumerated().map {
        $0.element + (outside ? [confusion.outside[$0.offset]] : [])
      })
    let marks = [
      Series(name: "recognised", colour: "var(--muted)", shape: .disc),
      Series(name: "taken for another", colour: "var(--muted)", shape: .cross),
    ]
    return Markup.section(
      "errors", "Where \(main.title) goes wrong",
      [
        Markup.grid([
          Markup.figure(
            "Confusion", heat.svg("Confusion matrix of \(main.title)"),
            note: "Clips; shaded by the share of the spoken language."),
          map.map {
            Markup.figure(
              "Embedding map", $0.svg("Embedding map", languages: reportedLanguages),
              legend: Series.legend(
                languages.enumerated().map {
                  Series(name: $0.element, colour: "var(--s\($0.offset % 8))", shape: .disc)
                } + marks), note: mapReading($0))
          },
        ])
      ])
  }

  private var accentSection: String? {
    let shown = chosenHeads
    let styles = shown.enumerated().map { Series.style($0.offset, $0.element.title) }
    let keys = heads.flatMap { $0.detection.perAccent.keys }
    let order = reportedLanguages.flatMap { language in
      Set(keys).filter { $0 == language || $0.hasPrefix(language + "/") }.sorted()
    }
    func chart(
      _ unit: String, _ most: Double?, _ dot: (HeadEvaluation, String) -> (Double, Interval?)?
    ) -> IntervalChart {
      IntervalChart(
        rows: order.map { key in
          let count = heads.first?.detection.perAccent[key]?.clips ?? 0
          return .init(
            name: "\(shortened(key)) (\(count))",
            dots: shown.enumerated().compactMap { index, head in
              dot(head, key).map { .init(series: index, value: $0.0, interval: $0.1) }
            })
        }, series: styles, unit: unit, most: most)
    }
    let accuracy = chart("accuracy, %", 100) { head, key in
      head.detection.perAccent[key].flatMap { scores in
        scores.accuracy.map { (100 * $0, scores.interval?.percent) }
      }
    }
    let errors = chart("word error rate, %", nil) { head, key in
      head.transcription?.perAccent[key].map { ($0.wer, $0.werInterval) }
    }
    let legend = Series.legend(styles)
    let hasText = shown.contains { $0.transcription != nil }
    return Markup.section(
      "accents", "Languages and accents",
      [
        Markup.grid([
          Markup.figure(
            "Accuracy by accent", accuracy.svg("Accuracy by accent"), legend: legend,
            note: "In brackets: test clips."),
          hasText
            ? Markup.figure(
              "Word error rate by accent", errors.svg("WER by accent"), legend: legend)
            : nil,
        ]),
        Markup.folded("By language, every head", languageTable.html()),
        accentTable.map { Markup.folded("By accent, every head", $0.html()) },
      ])
  }

  /// `en/us` as it is, `hi/hi` and `hi` as `hi`.
  private func shortened(_ key: String) -> String {
    let parts = key.split(separator: "/", maxSplits: 1)
    return parts.count == 2 && parts[0] == parts[1] ? String(parts[0]) : key
  }

  /// The main head, the best of its rivals, the detector, and the floor: as many as a picture bears.
  private var chosenHeads: [HeadEvaluation] {
    let rival =
      heads.filter { $0.training != nil && $0.name != mainHead }
      .max { ($0.detection.accuracy ?? 0) < ($1.detection.accuracy ?? 0) }?.name
    let names = [mainHead, rival, "default", "default-restricted"]
    return heads.filter { names.contains($0.name) }
  }
}
