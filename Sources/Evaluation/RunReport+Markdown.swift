extension RunReport {
  /// The text of `report.md`, for a reader.
  public var markdown: String {
    [
      opening, results, confusion, solving, certification, operations, times, clips, configuration,
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
    text += "WER and CER are of the whole list: all edits over all reference words or characters, "
    text += "without normalisation.\n"
    text += "\n### By language\n\n\(languageTable.markdown)"
    if let accentTable { text += "\n### By accent\n\n\(accentTable.markdown)" }
    return text
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
    return text
  }

  private var certification: String? {
    guard let certificate else { return nil }
    var table = TextTable(header: ["ℓ2 radius", "Certified accuracy %"], leading: 0)
    for point in certificate.certifiedAccuracy {
      table.rows.append([NumberFormat.general(point.radius), NumberFormat.share(point.accuracy)])
    }
    var text = "## Certificate\n\n"
    text += "Lipschitz bound B = \(NumberFormat.general(certificate.lipschitz)); a prediction of "
    text += "margin m holds for every perturbation of its embedding of norm below m / (2B). "
    text += "Median radius \(NumberFormat.general(certificate.medianRadius)) over "
    text += "\(certificate.clips) clips, wrong predictions counting as 0.\n\n"
    return text + table.markdown
  }

  private var operations: String {
    var text = "## FLOPs\n\n\(flopTable.markdown)\n"
    text += "Counted are the operations of the matrix products that ran. The conventions multiply "
    text += "\(NumberFormat.seconds(flops.conventionSeconds)) s of wall time (embedding, cached or "
    text += "not, and training) by the speed of a GPU that this run need not have used.\n"
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
      var table = TextTable(header: ["Skipped because", "Clips"])
      table.rows = data.skippedByReason
        .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { [$0.key, "\($0.value)"] }
      text += "\n\(table.markdown)"
    }
    return text
  }

  private var configuration: String {
    let seeds = JSONValue.object(provenance.seeds.mapValues { .integer($0) })
    let tree: JSONValue = ["config": provenance.configuration, "seeds": seeds]
    // A fence cannot close early: in JSON every text stands in quotes on a line of its own.
    return "<details><summary>Configuration as resolved</summary>\n\n"
      + "```json\n\(tree.prettyPrinted)\n```\n\n</details>\n"
  }
}
