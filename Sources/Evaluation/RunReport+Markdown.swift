extension RunReport {
  /// The text of `report.md`, for a reader.
  public var markdown: String {
    [
      opening, results, comparing, confusion, training, solving, certification, mapping, mistaken,
      operations, times, clips, configuration,
    ]
    .compactMap { $0 }.joined(separator: "\n")
  }

  private var opening: String {
    let encoder = provenance.encoder
    var text = "# \(Markdown.escaped(provenance.name))\n\n"
    text += "Version \(Markdown.escaped(provenance.version)), "
    text += "\(Markdown.escaped(provenance.date)). "
    text += "Encoder \(Markdown.escaped(encoder.family)), "
    text += "\(Markdown.escaped(encoder.pooling)) pooling, weights "
    text += "`\(encoder.weightsDigest.filter { $0.isLetter || $0.isNumber })`.\n"
    if !provenance.notes.isEmpty {
      text += "\n" + provenance.notes.map { "- \(Markdown.escaped($0))\n" }.joined()
    }
    return text
  }

  private var results: String {
    var text = "## Results\n\n\(headTable.markdown)\n"
    if let detectionOnly { text += "\(Markdown.escaped(detectionOnly))\n\n" }
    text += "\(reading)\n\n\(averageTable.markdown)"
    if let editTable { text += "\n\(editTable.markdown)" }
    if let normaliserTable { text += "\n\(normaliserTable.markdown)" }
    text += "\n### By language\n\n\(languageTable.markdown)"
    if let accentTable { text += "\n### By accent\n\n\(accentTable.markdown)" }
    return text
  }

  private var comparing: String? {
    guard let comparisonTable else { return nil }
    return "## \(Markdown.escaped(title(of: mainHead))) against the others\n\n"
      + "\(comparisonReading)\n\n\(comparisonTable.markdown)"
  }

  private var training: String? {
    guard let trainingTable else { return nil }
    return "## Training\n\n\(trainingReading)\n\n\(trainingTable.markdown)"
  }

  private var mapping: String? {
    guard let map else { return nil }
    return
      "## Embedding map\n\n\(mapReading(map)) report.html draws it; report.json has the points.\n"
  }

  private var mistaken: String? {
    guard let mistakeTable else { return nil }
    return "## Worst mistakes\n\n\(mistakeReading)\n\n\(mistakeTable.markdown)"
  }

  private var confusion: String? {
    guard let main else { return nil }
    return "## Confusion of \(Markdown.escaped(main.title))\n\n"
      + confusionTable(main.detection.confusion).markdown
  }

  private var solving: String? {
    guard let solver else { return nil }
    var text = "## Solver\n\n"
    text += "Method \(Markdown.escaped(solver.method)), status "
    text += "**\(Markdown.escaped(solver.status))** after \(solver.iterations) iterations: "
    text += "objective \(NumberFormat.general(solver.objective)), "
    text += "lower bound \(NumberFormat.general(solver.lowerBound)), "
    text += "relative gap \(NumberFormat.general(solver.relativeGap)).\n"
    if !solver.residuals.isEmpty {
      let residuals = solver.residuals.sorted { $0.key < $1.key }
        .map { "\(Markdown.escaped($0.key)) \(NumberFormat.general($0.value))" }
      text += "Residuals: \(residuals.joined(separator: ", ")).\n"
    }
    if let iterate = provenance.deliveredIterate {
      text += "The head is iterate \(iterate)"
      text += provenance.deliveredRule.map { " (\(Markdown.escaped($0))).\n" } ?? ".\n"
    }
    if let share = provenance.zeroColumnShare {
      text += "Of its columns, \(NumberFormat.share(share)) % are zero.\n"
    }
    if let traceTable { text += "\n\(traceTable.markdown)" }
    return text
  }

  private var certification: String? {
    guard let certificate else { return nil }
    var table = TextTable(header: ["ℓ2 radius", "Certified accuracy %"], leading: 0)
    let curve = certificate.certifiedAccuracy
    let stride = max(1, (curve.count + 9) / 10)
    for point in curve.enumerated().filter({ $0.offset % stride == 0 }).map(\.element) {
      table.rows.append([NumberFormat.general(point.radius), NumberFormat.share(point.accuracy)])
    }
    var text = "## Certificate\n\n"
    text += "\(certificateReading) "
    text += "Median radius \(NumberFormat.general(certificate.medianRadius)) over "
    text += "\(certificate.clips) clips, wrong predictions counting as 0.\n\n"
    return text + table.markdown
  }

  private var operations: String {
    var text = "## FLOPs\n\n\(flopTable.markdown)\n"
    text += operationReading + "\n"
    return text
  }

  private var times: String {
    var table = TextTable(header: ["Stage", "Seconds"])
    table.rows = [
      ["Embed", NumberFormat.seconds(timing.embed)],
      ["Train", NumberFormat.seconds(timing.train)],
      ["Evaluate", NumberFormat.seconds(timing.evaluate)],
    ]
    if let cached = timing.embedComputed {
      table.rows.append(["Embed, by earlier runs", NumberFormat.seconds(cached)])
    }
    return "## Wall times\n\n\(table.markdown)"
  }

  private var clips: String {
    var text = "## Clips\n\n\(dataTable.markdown)"
    if !data.skippedByReason.isEmpty {
      text += "\n\(reasonTable.markdown)"
    }
    if let skippedTable {
      text += "\n\(skippedTable.markdown)"
      if data.skipped > skippedClips.count {
        text += "\nThese are the first \(skippedClips.count); skipped.tsv has all.\n"
      }
    }
    return text
  }

  private var configuration: String {
    // A fence cannot close early: in JSON every text stands in quotes on a line of its own.
    return "<details><summary>Configuration as resolved</summary>\n\n"
      + "```json\n\(resolved.prettyPrinted)\n```\n\n</details>\n"
  }
}
