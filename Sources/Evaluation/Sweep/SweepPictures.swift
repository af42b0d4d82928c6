/// A line for each trial through an axis for each parameter and one for the objective.
struct ParallelCoordinates {
  let report: SweepReport
  /// With a value each.
  let trials: [SweepReport.Trial]

  func svg(_ label: String) -> String {
    let width = max(640, 150 * Double(report.parameters.count + 1))
    let (left, right, top, bottom) = (70.0, width - 70, 40.0, 330.0)
    var svg = SVG(width: width, height: bottom + 24)
    let count = report.parameters.count + 1
    func x(_ axis: Int) -> Double {
      left + (right - left) * Double(axis) / Double(max(count - 1, 1))
    }
    let scales = report.parameters.map { SliceScale(parameter: $0, trials: trials) }
    let values = Axis(trials.compactMap(\.value))
    for (axis, scale) in scales.enumerated() {
      svg.line(x(axis), top, x(axis), bottom, "tickmark")
      svg.text(
        report.shortName(report.parameters[axis].key), x(axis), top - 18, "label", anchor: .middle)
      for (place, name) in scale.ticks {
        let y = bottom - place * (bottom - top)
        svg.text(name, x(axis) - 7, y + 4, anchor: .end)
      }
    }
    svg.line(x(count - 1), top, x(count - 1), bottom, "tickmark")
    svg.text(report.shortMetric, x(count - 1), top - 18, "label", anchor: .middle)
    for tick in values.ticks {
      svg.text(Axis.label(tick), x(count - 1) + 7, values.place(tick, bottom, top) + 4)
    }
    // The better are drawn over the others, the best over all.
    let ordered = trials.sorted { a, b in
      let (p, q) = (a.value ?? 0, b.value ?? 0)
      return report.maximises ? p < q : p > q
    }
    for trial in ordered + ordered.filter({ $0.number == report.best }) {
      guard let value = trial.value else { continue }
      let height = values.place(value, 0, 1)
      let merit = report.maximises ? height : 1 - height
      var points = zip(report.parameters, scales).enumerated().map { axis, pair in
        (x(axis), bottom - pair.1.place(trial.settings[pair.0.key]) * (bottom - top))
      }
      points.append((x(count - 1), values.place(value, bottom, top)))
      let isBest = trial.number == report.best
      let text = report.parameters.map {
        "\(report.shortName($0.key)) \(report.text(trial.settings[$0.key]))"
      }
      svg.path(
        points, colour: isBest ? "var(--s1)" : "var(--s0)",
        dashes: trial.state == "stopped" ? "4 4" : "", opacity: isBest ? 1 : 0.12 + 0.7 * merit,
        title:
          "trial \(trial.number): \(text.joined(separator: ", ")): \(NumberFormat.general(value))")
    }
    return svg.markup(label)
  }
}

/// The objective of each trial over one parameter.
struct Slice {
  let report: SweepReport
  let parameter: SweepReport.Parameter
  let trials: [SweepReport.Trial]

  func svg(_ label: String) -> String {
    let (width, height) = (460.0, 250.0)
    let (right, top, bottom) = (width - 20, 10.0, height - 44)
    var svg = SVG(width: width, height: height)
    let vertical = Axis(trials.compactMap(\.value))
    let left = 34 + (vertical.ticks.map { SVG.width(of: Axis.label($0)) }.max() ?? 0)
    let scale = SliceScale(parameter: parameter, trials: trials)
    func px(_ place: Double) -> Double { left + 10 + place * (right - left - 20) }
    for tick in vertical.ticks {
      let y = vertical.place(tick, bottom, top)
      svg.line(left, y, right, y)
      svg.text(Axis.label(tick), left - 8, y + 4.5, anchor: .end)
    }
    for (place, name) in scale.ticks {
      svg.line(px(place), bottom, px(place), bottom + 4, "tickmark")
      svg.text(name, px(place), bottom + 18, anchor: .middle)
    }
    svg.text(parameter.key, (left + right) / 2, height - 6, "axis", anchor: .middle)
    svg.text(report.shortMetric, 13, (top + bottom) / 2, "axis", anchor: .middle, turned: true)
    let best = trials.filter { $0.number == report.best }
    for trial in trials.sorted(by: { $0.state > $1.state }) + best {
      guard let value = trial.value else { continue }
      let isBest = trial.number == report.best
      let isWhole = trial.state == "done"
      svg.mark(
        isBest ? .diamond : isWhole ? .disc : .cross,
        px(scale.place(trial.settings[parameter.key])), vertical.place(value, bottom, top),
        colour: isBest ? "var(--s1)" : isWhole ? "var(--s0)" : "var(--muted)",
        size: isBest ? 5.5 : 4,
        title: "trial \(trial.number), \(report.text(trial.settings[parameter.key])): "
          + NumberFormat.general(value))
    }
    return svg.markup(label)
  }
}

/// Where the values of a parameter lie on a side of a picture.
struct SliceScale {
  private let parameter: SweepReport.Parameter
  private let axis: Axis?
  /// Places in 0 … 1, with their names.
  let ticks: [(place: Double, name: String)]

  init(parameter: SweepReport.Parameter, trials: [SweepReport.Trial]) {
    self.parameter = parameter
    if let choices = parameter.choices {
      axis = nil
      ticks = choices.enumerated().map { index, value in
        let name = value.string ?? value.double.map { Axis.label($0) } ?? value.compact
        return (Self.place(index, of: choices.count), name)
      }
      return
    }
    let values = trials.compactMap { $0.settings[parameter.key]?.double }
    let axis = parameter.isLogarithmic ? Axis(logarithmic: values) : Axis(values)
    self.axis = axis
    ticks = axis.ticks.map { (axis.place($0, 0, 1), Axis.label($0)) }
  }

  private static func place(_ index: Int, of count: Int) -> Double {
    count > 1 ? Double(index) / Double(count - 1) : 0.5
  }

  func place(_ value: JSONValue?) -> Double {
    guard let value else { return 0 }
    if let choices = parameter.choices {
      return Self.place(choices.firstIndex(of: value) ?? 0, of: choices.count)
    }
    return value.double.map { axis?.place($0, 0, 1) ?? 0 } ?? 0
  }
}
