import Foundation

/// Dots with their intervals: a row for each item, a mark for each series.
struct IntervalChart {
  struct Dot {
    var series: Int
    var value: Double
    var interval: Interval?
  }

  struct Row {
    var name: String
    var dots: [Dot]
  }

  var rows: [Row]
  var series: [Series]
  var unit: String
  /// At least this far to the right.
  var most: Double?

  func svg(_ label: String) -> String {
    let width = 460.0
    let pitch = series.count > 1 ? 10 + 11 * Double(series.count) : 28
    let left = min(190, 14 + (rows.map { SVG.width(of: $0.name) }.max() ?? 0))
    let right = series.count == 1 ? 52.0 : 16
    let top = 6.0
    let bottom = top + pitch * Double(rows.count)
    var svg = SVG(width: width, height: bottom + 42)
    let dots = rows.flatMap(\.dots)
    let axis = Axis(
      dots.flatMap { [$0.value, $0.interval?.upper ?? $0.value] }, fromZero: true, most: most)
    func x(_ value: Double) -> Double { axis.place(value, left, width - right) }
    for tick in axis.ticks {
      svg.line(x(tick), top, x(tick), bottom)
      svg.text(Axis.label(tick), x(tick), bottom + 17, anchor: .middle)
    }
    svg.text(unit, (left + width - right) / 2, bottom + 36, "axis", anchor: .middle)
    for (index, row) in rows.enumerated() {
      let middle = top + pitch * (Double(index) + 0.5)
      if index > 0 { svg.line(0, middle - pitch / 2, width, middle - pitch / 2, "faint") }
      svg.text(row.name, left - 10, middle + 4.5, "label", anchor: .end)
      for dot in row.dots {
        let shift = series.count > 1 ? (Double(dot.series) - Double(series.count - 1) / 2) * 11 : 0
        let style = series[dot.series]
        let y = middle + shift
        if let interval = dot.interval {
          svg.line(
            x(max(interval.lower, axis.low)), y, x(interval.upper), y, "whisker",
            colour: style.colour)
        }
        let range = dot.interval.map { " (\(NumberFormat.percents($0)))" } ?? ""
        svg.mark(
          style.shape, x(dot.value), y, colour: style.colour,
          title: "\(row.name), \(style.name): \(NumberFormat.percent(dot.value)) %\(range)")
        if series.count == 1 {
          svg.text(
            String(format: "%.1f", dot.value), width - 2, y + 4.5, "value", anchor: .end)
        }
      }
    }
    return svg.markup(label)
  }
}

/// Counts of true against predicted languages, shaded by their share of the row.
struct HeatMap {
  var rows, columns: [String]
  var counts: [[Int]]

  func svg(_ label: String) -> String {
    let left = 34 + (rows.map { SVG.width(of: $0) }.max() ?? 0)
    let cell = max(18, min(58, (440 - left) / Double(max(columns.count, 1))))
    let top = 44.0
    var svg = SVG(
      width: left + cell * Double(columns.count) + 6,
      height: top + cell * Double(rows.count) + 6)
    svg.text("taken for", left + cell * Double(columns.count) / 2, 14, "axis", anchor: .middle)
    svg.text(
      "spoken", 12, top + cell * Double(rows.count) / 2, "axis", anchor: .middle, turned: true)
    for (j, name) in columns.enumerated() {
      svg.text(name, left + cell * (Double(j) + 0.5), top - 8, "label", anchor: .middle)
    }
    for (i, name) in rows.enumerated() {
      let y = top + cell * Double(i)
      let sum = counts[i].reduce(0, +)
      svg.text(name, left - 8, y + cell / 2 + 4.5, "label", anchor: .end)
      for (j, count) in counts[i].enumerated() {
        let share = sum == 0 ? 0 : Double(count) / Double(sum)
        svg.rect(
          left + cell * Double(j) + 1, y + 1, cell - 2, cell - 2, colour: "var(--cell)")
        svg.rect(
          left + cell * Double(j) + 1, y + 1, cell - 2, cell - 2, colour: "var(--s0)",
          opacity: share,
          title:
            "\(name) taken for \(columns[j]): \(count) of \(sum) (\(NumberFormat.share(share)) %)")
        guard count > 0, cell >= 20 else { continue }
        svg.text(
          "\(count)", left + cell * (Double(j) + 0.5), y + cell / 2 + 5,
          share > 0.5 ? "count on" : "count", anchor: .middle)
      }
    }
    return svg.markup(label)
  }
}

/// Curves over iterations or radii.
struct LineChart {
  struct Curve {
    var style: Series
    var points: [(x: Double, y: Double)]
    var dashes = ""
    /// Around the points: drawn as an area.
    var band: [(x: Double, low: Double, high: Double)] = []
  }

  var curves: [Curve]
  var x, y: String
  var isLogarithmic = false
  var steps = false
  /// From zero to at least this.
  var most: Double?
  var wholeNumbers = false
  var isLogarithmicInX = false

  func svg(_ label: String) -> String {
    let width = 460.0
    let height = 270.0
    let right = width - 24
    let top = 10.0
    let bottom = height - 44
    var svg = SVG(width: width, height: height)
    let points = curves.flatMap(\.points)
    let ys = points.map(\.y) + curves.flatMap(\.band).flatMap { [$0.low, $0.high] }
    let vertical =
      isLogarithmic ? Axis(logarithmic: ys) : Axis(ys, fromZero: most != nil, most: most)
    let left = 34 + (vertical.ticks.map { SVG.width(of: Axis.label($0)) }.max() ?? 0)
    let horizontal =
      isLogarithmicInX
      ? Axis(logarithmic: points.map(\.x)) : Axis(points.map(\.x), fromZero: !wholeNumbers)
    func px(_ value: Double) -> Double { horizontal.place(value, left, right) }
    func py(_ value: Double) -> Double { vertical.place(value, bottom, top) }
    for tick in vertical.ticks {
      svg.line(left, py(tick), right, py(tick))
      svg.text(Axis.label(tick), left - 8, py(tick) + 4.5, anchor: .end)
    }
    for tick in horizontal.ticks where !wholeNumbers || tick == tick.rounded() {
      svg.line(px(tick), bottom, px(tick), bottom + 4, "tickmark")
      svg.text(Axis.label(tick), px(tick), bottom + 18, anchor: .middle)
    }
    svg.text(x, (left + right) / 2, height - 6, "axis", anchor: .middle)
    svg.text(y, 13, (top + bottom) / 2, "axis", anchor: .middle, turned: true)
    for curve in curves where curve.band.count > 1 {
      let edge =
        curve.band.map { (px($0.x), py($0.high)) }
        + curve.band.reversed().map { (px($0.x), py(max($0.low, vertical.low))) }
      svg.area(edge, colour: curve.style.colour, opacity: 0.16)
    }
    for curve in curves {
      let placed = curve.points.filter { $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
      svg.path(
        placed.map { (px($0.x), py($0.y)) }, colour: curve.style.colour, dashes: curve.dashes,
        steps: steps)
      guard placed.count <= 30, !steps else { continue }
      for point in placed {
        svg.mark(
          curve.style.shape, px(point.x), py(point.y), colour: curve.style.colour, size: 4,
          title: "\(curve.style.name), \(Axis.label(point.x)): \(NumberFormat.general(point.y))")
      }
    }
    return svg.markup(label)
  }
}

extension EmbeddingMap {
  /// Coloured by language; a disc where the head is right, a cross where it is wrong.
  func svg(_ label: String, languages: [String]) -> String {
    let width = 460.0
    let height = 412.0
    var svg = SVG(width: width, height: height)
    let (xs, ys) = (points.map(\.x), points.map(\.y))
    let (left, right) = (xs.min() ?? 0, xs.max() ?? 1)
    let (low, high) = (ys.min() ?? 0, ys.max() ?? 1)
    func px(_ x: Double) -> Double { 40 + (x - left) / max(right - left, 1e-30) * (width - 60) }
    func py(_ y: Double) -> Double { 366 - (y - low) / max(high - low, 1e-30) * 346 }
    svg.line(26, 382, width - 6, 382, "rule")
    svg.line(26, 382, 26, 6, "rule")
    svg.text("first principal component", (26 + width) / 2, 402, "axis", anchor: .middle)
    svg.text("second", 14, 194, "axis", anchor: .middle, turned: true)
    let size = points.count > 600 ? 2.6 : points.count > 200 ? 3.6 : 5.0
    for wrong in [false, true] {
      for point in points where (point.language != point.predicted) == wrong {
        let colour = languages.firstIndex(of: point.language).map { "var(--s\($0 % 8))" }
        svg.mark(
          wrong ? .cross : .disc, px(point.x), py(point.y), colour: colour ?? "var(--muted)",
          size: wrong ? size + 1.5 : size,
          title: wrong ? "\(point.language), taken for \(point.predicted)" : point.language)
      }
    }
    for place in places(languages, px, py) {
      svg.text(place.name, place.x, place.y + 5, "place", anchor: .middle)
    }
    return svg.markup(label)
  }

  /// The middle of each language's clips, moved down where a name would stand on another.
  private func places(
    _ languages: [String], _ px: (Double) -> Double, _ py: (Double) -> Double
  ) -> [(name: String, x: Double, y: Double)] {
    var middles = languages.compactMap { language -> (name: String, x: Double, y: Double)? in
      let own = points.filter { $0.language == language }
      guard !own.isEmpty else { return nil }
      let count = Double(own.count)
      return (
        language, px(own.reduce(0) { $0 + $1.x } / count), py(own.reduce(0) { $0 + $1.y } / count)
      )
    }.sorted { ($0.y, $0.name) < ($1.y, $1.name) }
    for i in middles.indices {
      for j in middles.indices.prefix(i) {
        let near = (SVG.width(of: middles[i].name) + SVG.width(of: middles[j].name)) / 2 + 10
        if abs(middles[i].x - middles[j].x) < near, middles[i].y < middles[j].y + 19 {
          middles[i].y = middles[j].y + 19
        }
      }
    }
    return middles
  }
}

/// Lengths side by side.
struct BarChart {
  var bars: [(name: String, value: Double)]
  var unit = "s"

  func svg(_ label: String) -> String {
    let width = 460.0
    let left = 14 + (bars.map { SVG.width(of: $0.name) }.max() ?? 0)
    var svg = SVG(width: width, height: 28 * Double(bars.count) + 6)
    let most = max(bars.map(\.value).max() ?? 1, 1e-30)
    for (index, bar) in bars.enumerated() {
      let y = 28 * Double(index) + 4
      svg.text(bar.name, left - 10, y + 14.5, "label", anchor: .end)
      svg.rect(
        left, y + 2, max(1.5, bar.value / most * (width - left - 78)), 16, colour: "var(--s0)")
      svg.text(
        "\(NumberFormat.general(bar.value)) \(unit)",
        left + max(1.5, bar.value / most * (width - left - 78)) + 8, y + 14.5, "value")
    }
    return svg.markup(label)
  }
}
