import Foundation
import Testing

@testable import Evaluation

@Suite struct PaperTableTests {
  private static func table(
    paper: Double? = 97.15, x: Double? = nil, seeds: Int = 1, missing: String? = nil
  ) -> PaperTable {
    PaperTable(
      title: "Table 9: 50 % & more", version: "1", corner: "Head",
      columns: [
        .init(label: "A, \"quoted\"", metric: .accuracy),
        .init(label: "time_s", metric: .trainSeconds),
      ],
      rows: [
        .init(
          label: "CLD", x: x,
          cells: [
            .init(
              paper: paper, ours: 96.5, interval: Interval(lower: 95.25, upper: 97.75), clips: 200),
            .init(paper: paper.map { _ in 64.45 }, missing: missing),
          ]),
        .init(
          label: "NN", x: x.map { $0 * 10 },
          cells: [.init(paper: nil, ours: 90), .init(paper: nil, ours: 0.25)]),
      ], notes: ["A note."], missing: missing.map { ["run: \($0)"] } ?? [], seeds: seeds)
  }

  @Test func everyFormHasPaperOursIntervalAndDifference() {
    let table = Self.table(missing: "no corpus")
    let rows = table.textTable.rows
    #expect(rows[0] == ["CLD", "97.15", "96.50 [95.25, 97.75]", "−0.65", "64.5", "–", "–"])
    #expect(rows[1] == ["NN", "–", "90.00", "–", "–", "0.25", "–"])
    let lines = table.csv.split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    #expect(
      lines[1].hasPrefix(#"CLD,"A, ""quoted""",accuracy,97.15,96.5,95.25,97.75,-0.6500"#)
        && lines[1].hasSuffix(",200,"))
    #expect(lines[2] == "CLD,time_s,train_s,64.45,,,,,,no corpus")
    #expect(table.markdown.contains("- run: no corpus") && table.text.contains("- run: no corpus"))
    #expect(table.json.at("cells") != nil)
  }

  @Test func latexIsEscapedAndSquare() throws {
    let latex = Self.table().latex
    #expect(latex.contains("Table 9: 50 \\% \\& more") && latex.contains("time\\_s"))
    #expect(latex.contains("\\cmidrule(lr){2-4} \\cmidrule(lr){5-7}"))
    #expect(latex.contains("$-0.65$"))
    let body = latex.split(separator: "\n").filter { $0.hasPrefix("CLD") || $0.hasPrefix("NN") }
    // Seven columns: six unescaped ampersands.
    for line in body {
      #expect(line.replacing("\\&", with: "").count { $0 == "&" } == 6 && line.hasSuffix("\\\\"))
    }
    #expect(latex.contains("\\begin{tabular}{lrrrrrr}") && latex.contains("\\bottomrule"))
    #expect(Self.table(paper: nil).latex.contains("\\begin{tabular}{lrr}"))
    #expect(
      PaperTable.escaped("a\\b{c}^~#$")
        == "a\\textbackslash{}b\\{c\\}\\textasciicircum{}\\textasciitilde{}\\#\\$")
  }

  @Test func pageHasFiguresAndWhatIsMissing() {
    let dots = Self.table(missing: "<no> corpus").html
    #expect(dots.contains("&lt;no&gt; corpus") && !dots.contains("<no>"))
    #expect(dots.contains("paper") && dots.contains("<svg"))
    let lines = Self.table(x: 100, seeds: 3).html
    #expect(
      lines.contains("Bands: 95 % over seeds.") || lines.contains("Bands: 95\u{A0}% over seeds."))
    #expect(
      lines.contains("fill-opacity:0.16") == false, "a band needs two points with an interval")
    #expect(Self.table(paper: nil).remarks.contains { $0.contains("not available") })
  }

  /// Values 1, 2, 3: mean 2, standard deviation 1, t = 4.303 with two degrees of freedom.
  @Test func intervalOfAMean() throws {
    let interval = try #require(Interval.mean([1, 2, 3]))
    // A dozen operations on doubles below 8, each rounded by at most 4e-16.
    #expect(abs(interval.upper - (2 + 4.303 / 3.0.squareRoot())) < 1e-12)
    #expect(abs(interval.lower + interval.upper - 4) < 1e-12)
    #expect(Interval.mean([1]) == nil && Interval.mean([5, 5])?.lower == 5)
    let shares = try #require(
      Interval.mean([97, 99, 100], within: PaperTable.Metric.accuracy.range))
    #expect(shares.upper == 100 && shares.lower < 97)
    // 40 degrees of freedom: 2.0211; the approximation is good to 0.005.
    let many = try #require(Interval.mean((0..<41).map { Double($0 % 2) }))
    let mean = 20.0 / 41
    let deviation = ((20 * (1 - mean) * (1 - mean) + 21 * mean * mean) / 40).squareRoot()
    #expect(abs((many.upper - mean) / (deviation / 41.0.squareRoot()) - 2.0211) < 0.005)
  }
}
