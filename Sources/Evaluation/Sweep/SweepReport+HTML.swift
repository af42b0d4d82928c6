extension SweepReport {
  /// The text of a sweep's `report.html`: one file that needs nothing else.
  public var html: String {
    Markup.page(
      name, version: version, header: header,
      sections: [
        ("best", "Best settings", bestSection), ("all", "All settings", coordinateSection),
        ("slices", "Parameter by parameter", sliceSection), ("course", "Course", courseSection),
        ("failed", "Failed trials", failureSection), ("trials", "Trials", trialSection),
        ("config", "Configuration", configSection),
      ])
  }

  private var header: String {
    var text = "<header>\n<h1>\(Markup.escaped(name))</h1>\n<p class=\"meta\">"
    text += Markup.escaped("\(date) · cld-train \(version) · \(search) search over ")
    text += Markup.escaped(parameters.map(\.key).joined(separator: ", "))
    text += "</p>\n<p class=\"lead\">\(lead)</p>\n"
    let seconds = trials.reduce(0) { $0 + $1.seconds }
    let best = bestTrial
    return text + Markup.notes(notes)
      + Markup.tiles([
        (
          "Best \(shortMetric)", NumberFormat.general(best?.value),
          best?.spread.map { "± \(NumberFormat.general($0)) over \(seeds) seeds" }
            ?? "validation clips"
        ),
        ("Trials", "\(trials.count)", "of \(max(planned, trials.count))"),
        (
          "Stopped early", "\(trials.count { $0.state == "stopped" })",
          "\(trials.count { $0.state == "failed" }) failed"
        ), ("Work", "\(NumberFormat.duration(seconds)) s", "all processes together"),
      ]) + "</header>"
  }

  private var bestTrial: Trial? { trials.first { $0.number == best } }

  private var lead: String {
    guard let best = bestTrial else { return Markup.escaped("\(standing).") }
    let settings = parameters.map { "\(shortName($0.key)) \(text(best.settings[$0.key]))" }
    return "<b>Trial \(best.number) is the best: \(Markup.escaped(shortMetric)) "
      + "\(NumberFormat.general(best.value))</b> with "
      + Markup.escaped("\(settings.joined(separator: ", ")). \(standing).")
  }

  private var bestSection: String? {
    guard best != nil else { return nil }
    let bars = parameters.sorted { $0.importance > $1.importance }.map {
      (name: shortName($0.key), value: 100 * $0.importance)
    }
    return Markup.section(
      "best", "Best settings",
      [
        table(Array(ranked.filter { $0.state == "done" }.prefix(10))).html(),
        Markup.grid([
          Markup.figure(
            "Importance", BarChart(bars: bars, unit: "%").svg("Importance of each parameter"),
            note:
              "Share of the variance of \(shortMetric) that a parameter accounts for by itself (ω²), "
              + "over trials at the same number of iterations.")
        ]),
      ])
  }

  private var valued: [Trial] { trials.filter { $0.value != nil } }

  private var coordinateSection: String? {
    guard !valued.isEmpty, !parameters.isEmpty else { return nil }
    let picture = ParallelCoordinates(report: self, trials: valued)
    return Markup.section(
      "all", "All settings",
      [
        Markup.figure(
          "A line a trial", picture.svg("Parallel coordinates of all trials"),
          legend: Series.legend([
            Series(name: "best", colour: "var(--s1)", shape: .disc),
            Series(name: "the darker, the better", colour: "var(--s0)", shape: .disc),
          ]),
          note: "Dashed: stopped early; its value is that of its last rung.")
      ])
  }

  private var sliceSection: String? {
    guard !valued.isEmpty else { return nil }
    let figures = parameters.map { parameter -> String? in
      let slice = Slice(report: self, parameter: parameter, trials: valued)
      return Markup.figure(
        shortName(parameter.key), slice.svg("\(shortMetric) over \(parameter.key)"))
    }
    return Markup.section(
      "slices", "Parameter by parameter",
      [
        Series.legend(
          [
            Series(name: "all iterations", colour: "var(--s0)", shape: .disc),
            Series(name: "stopped early", colour: "var(--muted)", shape: .cross),
            Series(name: "best", colour: "var(--s1)", shape: .diamond),
          ]), Markup.grid(figures),
      ])
  }

  private var courseSection: String? {
    let ended = trials.filter { $0.state == "done" && $0.value != nil }
    var points: [(x: Double, y: Double)] = []
    var steps: [(x: Double, y: Double)] = []
    for trial in ended {
      guard let value = trial.value else { continue }
      points.append((Double(trial.number), value))
      let before = steps.last?.y ?? value
      steps.append((Double(trial.number), maximises ? max(before, value) : min(before, value)))
    }
    guard points.count > 1 else { return nil }
    let best = LineChart(
      curves: [.init(style: .style(0, "best so far"), points: steps)], x: "trial", y: shortMetric,
      steps: true, wholeNumbers: true)
    let rungs = Set(trials.flatMap { $0.course.map(\.iterations) }).count
    let ladder = LineChart(
      curves: trials.filter { $0.course.count > 0 }.map { trial in
        .init(
          style: Series(
            name: "trial \(trial.number)",
            colour: trial.number == self.best ? "var(--s1)" : "var(--s0)", shape: .disc),
          points: trial.course.map { (Double($0.iterations), $0.value) })
      }, x: "iterations", y: shortMetric, wholeNumbers: true)
    return Markup.section(
      "course", "Course",
      [
        Markup.grid([
          Markup.figure("Best so far", best.svg("Best value so far over trials")),
          rungs > 1
            ? Markup.figure(
              "Rung by rung", ladder.svg("Value of each trial at each rung"),
              note: "A trial ends where its line ends; the best one is set apart.") : nil,
        ])
      ])
  }

  private var failureSection: String? {
    let failed = trials.filter { $0.state == "failed" }
    guard !failed.isEmpty else { return nil }
    var table = TextTable(
      header: ["Trial"] + parameters.map { shortName($0.key) } + ["Reason"],
      leading: parameters.count + 2)
    table.rows = failed.map { trial in
      ["\(trial.number)"] + parameters.map { text(trial.settings[$0.key]) } + [trial.reason ?? ""]
    }
    return Markup.section(
      "failed", "Failed trials", [table.html(texts: [parameters.count + 1])])
  }

  private var trialSection: String? {
    trials.isEmpty
      ? nil
      : Markup.section(
        "trials", "Trials",
        [Markup.folded("All \(trials.count), the best first", table(ranked).html())])
  }

  private var configSection: String? {
    Markup.section(
      "config", "Configuration",
      [
        Markup.folded(
          "The sweep as resolved",
          "<pre>\(Markup.escaped(definition.prettyPrinted))</pre>")
      ])
  }
}
