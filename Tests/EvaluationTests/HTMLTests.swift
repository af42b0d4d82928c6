import Foundation
import Testing

@testable import Evaluation

@Suite struct HTMLTests {
  /// Well formed, and needs nothing from elsewhere.
  @Test func pageIsOneWellFormedFile() throws {
    let html = ReportSample.report().html
    for word in ["http:", "https:", "<script", "<link", "<img", "url(", "@import", "src="] {
      #expect(!html.contains(word), "\(word)")
    }
    // As XML, the doctype and the two void elements aside.
    let xml = html.replacing("<!DOCTYPE html>", with: "")
      .replacing(/<meta ([^>]*)>/) { "<meta \($0.output.1)/>" }
    #expect(XMLCheck.problem(in: xml) == nil)
  }

  @Test(arguments: [
    "CLD recognises the language of 3 of 4 clips", "Own | detector", "30.06 … 95.44",
    "McNemar", "iteration-limit after 6 iterations", "Confusion", "Embedding map",
    "Certified accuracy",
    "Speech in this corpus is synthetic: espeak-ng | made it.", "clip2.mp3", "clip9.mp3",
    "too long",
    "&quot;opt_seed&quot; : 1024", "218.4 = 0.70 · 312 TFLOP/s", "embed, by earlier runs",
    "prefers-color-scheme: dark", "@media print",
  ])
  func pageSays(_ text: String) { #expect(ReportSample.report().html.contains(text)) }

  /// The pictures' numbers: every head's dot and every clip's mark is there.
  @Test func picturesHaveTheirMarks() {
    let html = ReportSample.report().html
    #expect(html.contains("<title>CLD, all clips: 75.00 % (30.06 … 95.44)</title>"))
    #expect(html.contains("<title>en taken for en: 2 of 2 (100.00 %)</title>"))
    #expect(html.contains("<title>hi, taken for en</title>"))
    #expect(html.count(of: "<svg") >= 10)
  }

  @Test func hostileTextStaysText() {
    var report = ReportSample.report()
    report.provenance.name = "<script>alert(1)</script>&\u{0}"
    report.provenance.notes = ["</style><b onclick=\"x\">"]
    let html = report.html
    #expect(!html.contains("<script>"))
    #expect(!html.contains("</style><b"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;\u{FFFD}"))
  }

  /// Nothing that may be missing is needed: no text, no solver, no map, one language, no clip right.
  @Test func bareReportIsDrawn() {
    let head = HeadEvaluation(
      name: "default", title: "D", languages: ["en"], truth: ["en"], accents: [""],
      predictions: ["th"], references: [""], hypotheses: nil)
    let timing = RunReport.Timing(embed: nil, train: nil, evaluate: nil)
    let none = RunReport.FLOPCounts.Stage(counted: nil)
    let report = RunReport(
      provenance: .init(
        name: "x", version: "1", encoder: .init(family: "", weightsDigest: "", pooling: "")),
      languages: ["en"], heads: [head], mainHead: "default",
      data: .init(train: [], validation: [], test: ["en"]), timing: timing,
      flops: .init(encoder: none, solver: none, decoder: none, timing: timing))
    #expect(report.html.contains("0 of 1 clips"))
    #expect(report.html.contains("detection only, no text was decoded"))
    #expect(!report.html.contains("nan"))
    #expect(!report.html.contains("Worst mistakes"))
    #expect(report.markdown.contains("detection only"))
  }

  /// Where nothing was decoded, error rates are not explained, and heads are compared without them.
  @Test func detectionAloneSaysNothingOfText() {
    var report = ReportSample.report()
    for page in [report.html, report.markdown] {
      #expect(page.contains("WER difference") && page.contains("a seeded bootstrap"))
    }
    report.heads = report.heads.map { head in
      var head = head
      head.transcription = nil
      return head
    }
    for page in [report.html, report.markdown] {
      #expect(!page.contains("WER difference") && !page.contains("bootstrap"))
      #expect(page.contains("McNemar p") && page.contains("Wilson"))
    }
  }

  @Test func axesAreRound() {
    #expect(Axis([3, 97], fromZero: true).ticks == [0, 20, 40, 60, 80, 100])
    #expect(Axis([0, 0.0341], fromZero: true).high == 0.04)
    #expect(Axis([5, 5]).low < 5)
    let powers = Axis(logarithmic: [0.004, 30])
    #expect((powers.low, powers.high) == (0.001, 100))
    #expect(powers.place(0.001, 0, 10) == 0)
    #expect(powers.place(100, 0, 10) == 10)
    #expect(Axis(logarithmic: []).high > 0)
  }
}

extension String {
  fileprivate func count(of part: String) -> Int { components(separatedBy: part).count - 1 }
}

/// Elements closed in the order in which they were opened, attributes quoted, no bare sign.
enum XMLCheck {
  static func problem(in text: String) -> String? {
    var open: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(where: { $0 == "<" || $0 == "&" }) {
      rest = rest[start...]
      if rest.hasPrefix("&") {
        guard rest.prefixMatch(of: /&(amp|lt|gt|quot|#39);/) != nil else {
          return "bare &: \(rest.prefix(40))"
        }
        rest = rest.dropFirst()
        continue
      }
      guard let end = rest.firstIndex(of: ">") else { return "unclosed: \(rest.prefix(40))" }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return "</\(tag)> closes another" }
      } else {
        guard tag.wholeMatch(of: /[a-z][a-z0-9]*( [a-zA-Z][a-zA-Z0-9-]*="[^"<]*")*\/?/) != nil
        else {
          return "tag <\(tag)>"
        }
        if !tag.hasSuffix("/") { open.append(tag.prefix { $0 != " " }) }
      }
    }
    return open.isEmpty ? nil : "not closed: \(open)"
  }
}
