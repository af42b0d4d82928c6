/// The later sections of `report.html`.
extension RunReport {
  var trainingSection: String? {
    guard trainingTable != nil || solver != nil else { return nil }
    return Markup.section(
      "training", "Training",
      [
        trainingTable.map { Markup.paragraph(trainingReading) + $0.html(texts: [1]) },
        solverText.map(Markup.paragraph), Markup.grid([objectives, residuals, losses, learning]),
        traceTable.map { Markup.folded("Iterations", $0.html()) },
      ])
  }

  private var solverText: String? {
    guard let solver else { return nil }
    var text = "CRONOS, method \(solver.method): \(solver.status) after \(solver.iterations) "
    text += "iterations; objective \(NumberFormat.general(solver.objective)), lower bound "
    text += "\(NumberFormat.general(solver.lowerBound)), relative gap "
    text += "\(NumberFormat.general(solver.relativeGap))."
    if let iterate = provenance.deliveredIterate {
      text += " The head is iterate \(iterate)"
      text += provenance.deliveredRule.map { " (\($0))." } ?? "."
    }
    if let share = provenance.zeroColumnShare {
      text += " Of its columns, \(NumberFormat.share(share)) % are zero."
    }
    return text
  }

  /// A picture of some curves of the trace, those that have a value.
  private func chart(
    _ title: String, _ curves: [(name: String, value: (TracePoint) -> Double?)], unit: String,
    isLogarithmic: Bool, note: String = ""
  ) -> String? {
    let drawn = curves.enumerated().compactMap { index, curve -> LineChart.Curve? in
      let points = trace.compactMap { point in
        curve.value(point).map { (x: Double(point.iteration), y: $0) }
      }
      guard points.contains(where: { !isLogarithmic || $0.y > 0 }) else { return nil }
      return .init(
        style: .style(index, curve.name), points: points, dashes: ["", "6 4", "2 3"][index % 3])
    }
    guard !drawn.isEmpty else { return nil }
    let picture = LineChart(
      curves: drawn, x: "iteration", y: unit, isLogarithmic: isLogarithmic,
      most: isLogarithmic ? nil : 100, wholeNumbers: true)
    return Markup.figure(
      title, picture.svg(title), legend: Series.legend(drawn.map(\.style)), note: note)
  }

  private var objectives: String? {
    chart(
      "Objective and lower bound",
      [("objective at v", { $0.objective }), ("lower bound", { $0.lowerBound })],
      unit: "objective", isLogarithmic: true,
      note: "Computed at every 25th iteration and at the last. A v that violates the cones may lie "
        + "below the optimum.")
  }

  private var residuals: String? {
    chart(
      "Residuals",
      [
        ("primal ‖u − v‖", { $0.primalResidual }), ("cone ‖Gu − s‖", { $0.coneResidual }),
        ("dual", { $0.dualResidual }),
      ], unit: "norm", isLogarithmic: true)
  }

  private var losses: String? {
    chart(
      "Loss", [("training clips", { $0.trainLoss }), ("validation clips", { $0.validationLoss })],
      unit: "squared error per clip", isLogarithmic: true,
      note: "Training: of the program with fixed patterns; validation: of the ReLU network.")
  }

  private var learning: String? {
    chart(
      "Accuracy while training",
      [
        ("training clips", { $0.trainAccuracy.map { 100 * $0 } }),
        ("validation clips", { $0.validationAccuracy.map { 100 * $0 } }),
      ], unit: "accuracy, %", isLogarithmic: false)
  }

  var certificateSection: String? {
    guard let certificate, !certificate.certifiedAccuracy.isEmpty else { return nil }
    let curve = LineChart(
      curves: [
        .init(
          style: .style(0, "certified"),
          points: certificate.certifiedAccuracy.map { ($0.radius, 100 * $0.accuracy) })
      ], x: "radius (ℓ2 change of the embedding)", y: "certified accuracy, %", steps: true,
      most: 100)
    return Markup.section(
      "certificate", "Certificate",
      [
        Markup.grid([
          Markup.figure("Certified accuracy", curve.svg("Certified accuracy over the radius")),
          """
          <p>\(Markup.sentence(certificateText))</p>
          """,
        ])
      ])
  }

  private var certificateText: String {
    "The share of test clips that \(title(of: mainHead)) recognises and would still recognise after any "
      + "change of their embeddings of Euclidean norm below the radius. \(certificateReading) "
      + "Half the clips are certified at "
      + "\(NumberFormat.general(certificate?.medianRadius)); wrong predictions count as 0."
  }

  var costSection: String? {
    let bars: [(name: String, value: Double)] = [
      ("embed", timing.embed), ("embed, by earlier runs", timing.embedComputed),
      ("train", timing.train), ("evaluate", timing.evaluate),
    ].compactMap { name, value in value.map { (name, $0) } }
    return Markup.section(
      "cost", "Time and operations",
      [
        bars.isEmpty
          ? nil
          : Markup.grid([
            Markup.figure("Wall time by stage", BarChart(bars: bars).svg("Wall seconds by stage"))
          ]), flopTable.html(),
        Markup.paragraph(operationReading),
      ])
  }

  var mistakeSection: String? {
    mistakeTable.flatMap {
      Markup.section(
        "mistakes", "Worst mistakes",
        [Markup.paragraph(mistakeReading), $0.html(texts: [4, 5])])
    }
  }

  var dataSection: String? {
    var reasons: String?
    if !data.skippedByReason.isEmpty { reasons = reasonTable.html() }
    return Markup.section(
      "data", "Clips",
      [
        dataTable.html(), reasons,
        skippedTable.map {
          Markup.folded(
            "Left out: \(skippedClips.count) of \(data.skipped), all in skipped.tsv", $0.html())
        } ?? (data.skipped == 0 ? Markup.paragraph("No clip was left out.") : nil),
      ])
  }

  var configSection: String? {
    Markup.section(
      "config", "Configuration",
      [
        Markup.folded(
          "As resolved, with the seeds", "<pre>\(Markup.escaped(resolved.prettyPrinted))</pre>")
      ])
  }
}
