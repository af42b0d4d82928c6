import Foundation
import Testing

@testable import Evaluation

@Suite struct MarkdownTests {
  @Test func summaryIsAligned() {
    #expect(
      ReportSample.report().summaryTable == """
        Head            Accuracy %   95 % interval  WER %  95 % interval  CER %  95 % interval  Train s
        CLD                  75.00   30.06 … 95.44  16.67              –  15.00              –        2
        Own | detector       25.00    4.56 … 69.94  58.33              –  60.00              –        –
        Oracle              100.00  51.01 … 100.00      –              –      –              –        –

        – detection only, no text was decoded: Oracle

        """)
  }

  @Test func cellsAreEscaped() {
    #expect(Markdown.escaped("a|b") == "a\\|b")
    #expect(Markdown.escaped("a\\|b\n<c> & _d_") == "a\\\\\\|b &lt;c&gt; &amp; \\_d\\_")
    // Whatever a row says, it has as many unescaped bars as the header.
    let table = TextTable(header: ["x", "y"], rows: [["|", "\\|"], ["\n|\n", "\u{2028}"]])
    for line in table.markdown.split(separator: "\n") {
      let bare = line.replacingOccurrences(of: "\\\\", with: "").replacingOccurrences(
        of: "\\|", with: "")
      #expect(bare.count { $0 == "|" } == 3, "\(line)")
    }
    #expect(table.markdown.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
  }

  @Test(arguments: [
    "# sample\n",
    "- Speech in this corpus is synthetic: espeak-ng \\| made it.\n",
    "| Own \\| detector | 25.00 | 4.56 … 69.94 | 58.33 | – | 60.00 | – | – |\n",
    "detection only, no text was decoded: Oracle",
    "| hi | CLD | 2 | 50.00 | 9.45 … 90.55 | 100.00 | 66.67 | 16.67 | – |",
    "| en | us | CLD | 2 | 100.00 | 34.24 … 100.00 | 16.67 | – |",
    "| hi | – | Oracle | 2 | 100.00 | 34.24 … 100.00 | – | – | – |",
    "## Confusion of CLD\n\n| true \\\\ predicted | en | hi |\n| --- | ---: | ---: |\n"
      + "| en | 2 | 0 |\n| hi | 1 | 1 |\n",
    "| CLD | beta 0.001 | 2 | 6 | 4 | 75.00 | 1.3 | 436.8 |",
    "| Own \\| detector | 2 | 0 | 0.5 | -41.67 | – |",
    "| clip2.mp3 | hi | en | -1 | k l | k |",
    "| 6 | 0.5 | 80.00 | – | 0.25 | – | – | 1.5 | – |",
    "carry 90.00 % and 10.00 % of the variance",
    "| clip9.mp3 | hi | too long |", "These are the first 1; skipped.tsv has all.",
    "Method nystrom-pcg, status **iteration-limit** after 6 iterations: objective 1.5, "
      + "lower bound –, relative gap –.",
    "Residuals: dual –, primal 0.5.",
    "The head is iterate 4 (best validation accuracy).",
    "Of its columns, 25.00 % are zero.",
    "Lipschitz bound B = 4, of which en 3, hi 1; a prediction y holds",
    "Median radius 0.375 over 4 clips",
    "| Encoder, counted | 0 | 3 |", "| Solver, counted | 1.3 | – |",
    "| Decoder, counted | – | – |",
    "218.4 = 0.70 · 312 TFLOP/s) | 2184 |", "231 = 0.70 · 330 TFLOP/s) | 2310 |",
    "| Train | 2.0 |", "| Embed, by earlier runs | 7.0 |",
    "| hi | 1 | 1 | 2 | 2 |", "| all | 3 | 1 | 4 | 3 |",
    "| empty | 2 |\n| too long | 1 |",
    "\"name\" : \"a|b\"",
  ])
  func markdownSays(_ text: String) {
    #expect(ReportSample.report().markdown.contains(text))
  }

  @Test func predictionsOutsideTheListHaveAColumn() {
    var report = ReportSample.report()
    report.heads[0] = ReportSample.head("cld", "CLD", ["en", "th", "en", "ur"], nil)
    #expect(
      report.markdown.contains(
        "| true \\\\ predicted | en | hi | another |\n| --- | ---: | ---: | ---: |\n"
          + "| en | 1 | 0 | 1 |\n| hi | 1 | 0 | 1 |\n"))
  }

  /// The main head may come second in a comparison: its row is the same.
  @Test func comparisonsAreSeenFromTheMainHead() {
    var report = ReportSample.report()
    let right = ([true, true, false, true], [true, false, false, false])
    typealias Edits = [(edits: Int, length: Int)]
    let edits: (Edits, Edits) = (
      [(0, 4), (1, 2), (1, 2), (0, 4)], [(0, 4), (2, 2), (1, 2), (4, 4)]
    )
    report.comparisons = [
      HeadComparison(
        first: "cld", second: "default", right: right, edits: edits,
        bootstrap: .init(resamples: 200))
    ]
    let table = report.comparisonTable?.plain
    report.comparisons = [
      HeadComparison(
        first: "default", second: "cld", right: (right.1, right.0), edits: (edits.1, edits.0),
        bootstrap: .init(resamples: 200))
    ]
    #expect(table?.contains("-41.67") == true)
    #expect(report.comparisonTable?.plain == table)
  }

  @Test func withoutSolverCertificateAndAccents() {
    var report = ReportSample.report()
    report.solver = nil
    report.certificate = nil
    report.heads = [
      HeadEvaluation(
        name: "cld", title: "CLD", languages: ["en"], truth: ["en"], accents: [""],
        predictions: ["en"], references: ["a"], hypotheses: ["a"])
    ]
    for heading in ["## Solver", "## Certificate", "### By accent"] {
      #expect(!report.markdown.contains(heading), "\(heading)")
    }
    #expect(ReportSample.report().markdown.contains("### By accent"))
  }
}
