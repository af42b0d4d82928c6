/// A picture as it is drawn: SVG elements whose colours are the style sheet's variables, so that one
/// picture serves light, dark and paper.
struct SVG {
  let width, height: Double
  private var body = ""

  init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  enum Anchor: String { case start, middle, end }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String = "rule",
    colour: String? = nil
  ) {
    let stroke = colour.map { " style=\"stroke:\($0)\"" } ?? ""
    body +=
      "<line class=\"\(style)\" x1=\"\(f(x1))\" y1=\"\(f(y1))\" x2=\"\(f(x2))\" y2=\"\(f(y2))\"\(stroke)/>"
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, _ style: String = "tick", anchor: Anchor = .start,
    turned: Bool = false
  ) {
    let turn = turned ? " transform=\"rotate(-90 \(f(x)) \(f(y)))\"" : ""
    body +=
      "<text class=\"\(style)\" x=\"\(f(x))\" y=\"\(f(y))\" text-anchor=\"\(anchor.rawValue)\"\(turn)>"
      + "\(Markup.escaped(text))</text>"
  }

  mutating func rect(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, colour: String,
    opacity: Double = 1, title: String = ""
  ) {
    body +=
      "<rect x=\"\(f(x))\" y=\"\(f(y))\" width=\"\(f(max(width, 0)))\" height=\"\(f(max(height, 0)))\" "
      + "rx=\"2\" style=\"fill:\(colour);fill-opacity:\(f(opacity))\">\(tip(title))</rect>"
  }

  /// A line through points; `steps` keeps each value up to the next point.
  mutating func path(
    _ points: [(x: Double, y: Double)], colour: String, dashes: String = "", steps: Bool = false,
    opacity: Double = 1, title: String = ""
  ) {
    guard let first = points.first else { return }
    var d = "M\(f(first.x)) \(f(first.y))"
    for point in points.dropFirst() {
      d += steps ? "H\(f(point.x))V\(f(point.y))" : "L\(f(point.x)) \(f(point.y))"
    }
    let dash = dashes.isEmpty ? "" : ";stroke-dasharray:\(dashes)"
    let fading = opacity < 1 ? ";stroke-opacity:\(f(opacity))" : ""
    body +=
      "<path class=\"curve\" d=\"\(d)\" style=\"stroke:\(colour)\(dash)\(fading)\">\(tip(title))</path>"
  }

  /// The area inside a closed line.
  mutating func area(_ points: [(x: Double, y: Double)], colour: String, opacity: Double) {
    guard let first = points.first else { return }
    let d = points.dropFirst().reduce("M\(f(first.x)) \(f(first.y))") {
      $0 + "L\(f($1.x)) \(f($1.y))"
    }
    body += "<path d=\"\(d)Z\" style=\"fill:\(colour);fill-opacity:\(f(opacity))\"/>"
  }

  mutating func mark(
    _ shape: Shape, _ x: Double, _ y: Double, colour: String, size: Double = 5, title: String = ""
  ) {
    body += shape.element(x, y, size, colour, tip(title))
  }

  /// The element, with a name for those who hear it.
  func markup(_ label: String) -> String {
    "<svg viewBox=\"0 0 \(f(width)) \(f(height))\" role=\"img\" aria-label=\"\(Markup.escaped(label))\" "
      + "style=\"max-width:\(f(width * 1.25))px\">\(body)</svg>"
  }

  private func tip(_ title: String) -> String {
    title.isEmpty ? "" : "<title>\(Markup.escaped(title))</title>"
  }

  /// Room that a text of the pictures' size takes, about.
  static func width(of text: String) -> Double {
    text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 12.5 : 6.9) }
  }
}

/// Marks that differ without colour.
enum Shape: Int, CaseIterable {
  case disc, diamond, ring, square, triangle, plus, cross

  fileprivate func element(
    _ x: Double, _ y: Double, _ r: Double, _ colour: String, _ tip: String
  ) -> String {
    func path(_ d: String, stroked: Bool = false) -> String {
      let style = stroked ? "stroke:\(colour);stroke-width:2;fill:none" : "fill:\(colour)"
      return "<path d=\"\(d)\" style=\"\(style)\">\(tip)</path>"
    }
    switch self {
    case .disc:
      return
        "<circle cx=\"\(f(x))\" cy=\"\(f(y))\" r=\"\(f(r))\" style=\"fill:\(colour)\">\(tip)</circle>"
    case .ring:
      return "<circle cx=\"\(f(x))\" cy=\"\(f(y))\" r=\"\(f(r - 0.6))\" "
        + "style=\"fill:var(--surface);stroke:\(colour);stroke-width:2\">\(tip)</circle>"
    case .diamond:
      let a = r * 1.25
      return path(
        "M\(f(x)) \(f(y - a))L\(f(x + a)) \(f(y))L\(f(x)) \(f(y + a))L\(f(x - a)) \(f(y))Z")
    case .square:
      let a = r * 0.88
      return path("M\(f(x - a)) \(f(y - a))H\(f(x + a))V\(f(y + a))H\(f(x - a))Z")
    case .triangle:
      let a = r * 1.15
      return path("M\(f(x)) \(f(y - a))L\(f(x + a)) \(f(y + a * 0.8))H\(f(x - a))Z")
    case .plus:
      return path("M\(f(x - r)) \(f(y))H\(f(x + r))M\(f(x)) \(f(y - r))V\(f(y + r))", stroked: true)
    case .cross:
      let a = r * 0.8
      return path(
        "M\(f(x - a)) \(f(y - a))L\(f(x + a)) \(f(y + a))M\(f(x - a)) \(f(y + a))L\(f(x + a)) \(f(y - a))",
        stroked: true)
    }
  }
}

/// A line of a legend and a series of a picture.
struct Series {
  var name: String
  var colour: String
  var shape: Shape

  /// The colour and mark of the i-th of several.
  static func style(_ i: Int, _ name: String) -> Series {
    Series(
      name: name, colour: "var(--s\(i % 8))",
      shape: Shape.allCases[i % Shape.allCases.count])
  }

  static func legend(_ series: [Series]) -> String {
    let items = series.map { series in
      var mark = SVG(width: 16, height: 14)
      mark.mark(series.shape, 8, 7, colour: series.colour)
      return "<li>\(mark.markup(series.name))\(Markup.escaped(series.name))</li>"
    }
    return "<ul class=\"legend\">\(items.joined())</ul>\n"
  }
}

/// A number with at most two decimals.
private func f(_ value: Double) -> String {
  let rounded = (value * 100).rounded() / 100
  return rounded == rounded.rounded() && abs(rounded) < 1e9
    ? "\(Int(rounded))" : "\(rounded.isFinite ? rounded : 0)"
}
