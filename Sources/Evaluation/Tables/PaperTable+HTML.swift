extension PaperTable {
  /// The text of `table.html`: one file that needs nothing else.
  public var html: String {
    let count = rows.reduce(0) { $0 + $1.cells.count { $0.ours != nil } }
    let all = rows.count * columns.count
    var header = "<header>\n<h1>\(Markup.escaped(title))</h1>\n<p class=\"meta\">"
    header += Markup.escaped("\(date) · cld-train \(version) · \(count) of \(all) cells of ours")
    header += "</p>\n" + Markup.notes(notes + missing) + "</header>"
    return Markup.page(
      title, version: version, header: header,
      sections: [
        (
          "table", "Table",
          Markup.section(
            "table", "Table",
            [textTable.html()] + remarks.dropFirst(notes.count).map(Markup.paragraph))
        ), ("figures", "Figures", Markup.section("figures", "Figures", [Markup.grid(figures)])),
      ])
  }

  private var figures: [String?] {
    rows.allSatisfy { $0.x != nil } && rows.count > 1 ? lineFigures : dotFigures
  }

  /// A figure a metric: a line for each column, with its interval as a band; the paper's dashed.
  private var lineFigures: [String?] {
    Metric.allCases.map { metric in
      var curves: [LineChart.Curve] = []
      let shown = columns.indices.filter { columns[$0].metric == metric }
      for (place, index) in shown.enumerated() {
        let style = Series.style(place, columns[index].label)
        let cells = rows.compactMap { row in row.x.map { (x: $0, cell: row.cells[index]) } }
        let points = cells.compactMap { x, cell in cell.ours.map { (x: x, y: $0) } }
        if !points.isEmpty {
          let band = cells.compactMap { x, cell in
            cell.interval.map { (x: x, low: $0.lower, high: $0.upper) }
          }
          curves.append(.init(style: style, points: points, band: band))
        }
        let published = cells.compactMap { x, cell in cell.paper.map { (x: x, y: $0) } }
        if !published.isEmpty {
          let name = "\(columns[index].label), paper"
          curves.append(
            .init(
              style: Series(name: name, colour: style.colour, shape: .ring), points: published,
              dashes: "6 4"))
        }
      }
      guard !curves.isEmpty else { return nil }
      let xs = rows.compactMap(\.x)
      let wide = (xs.max() ?? 1) / max(xs.min() ?? 1, 1e-9) >= 50
      let chart = LineChart(
        curves: curves, x: corner, y: metric.unit, wholeNumbers: true, isLogarithmicInX: wide)
      return Markup.figure(
        metric.unit, chart.svg("\(metric.unit) over \(corner)"),
        legend: Series.legend(curves.map(\.style)), note: seeds > 1 ? "Bands: 95 % over seeds." : ""
      )
    }
  }

  /// A figure a column: the paper's value and ours in each row.
  private var dotFigures: [String?] {
    columns.indices.map { index in
      let column = columns[index]
      let series =
        hasPaper ? [Series.style(1, "paper"), Series.style(0, "ours")] : [Series.style(0, "ours")]
      let chart = IntervalChart(
        rows: rows.map { row in
          let cell = row.cells[index]
          var dots: [IntervalChart.Dot] = []
          if let paper = cell.paper { dots.append(.init(series: 0, value: paper)) }
          if let ours = cell.ours {
            dots.append(.init(series: series.count - 1, value: ours, interval: cell.interval))
          }
          return .init(name: row.label, dots: dots)
        }, series: series, unit: column.metric.unit,
        most: column.metric == .accuracy ? 100 : nil)
      guard chart.rows.contains(where: { !$0.dots.isEmpty }) else { return nil }
      return Markup.figure(
        column.label, chart.svg(column.label),
        legend: series.count > 1 ? Series.legend(series) : "")
    }
  }
}
