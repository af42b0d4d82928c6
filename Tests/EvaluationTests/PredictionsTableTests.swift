import Foundation
import TestFolders
import Testing

@testable import Evaluation

@Suite struct PredictionsTableTests {
  @Test func columns() {
    let table = PredictionsTable(
      paths: ["a.mp3", "b.mp3"], languages: ["en", "hi"], accents: ["us", ""],
      references: ["a\tb", "\"k"],
      heads: [
        .init(name: "cld", predictions: ["en", "en"], hypotheses: ["a\nb", "k"]),
        .init(name: "oracle", predictions: ["en", "hi"], hypotheses: nil),
      ],
      margins: [1.5, -0.25], radii: [0.375, 0])
    #expect(
      table.text == """
        path\tlanguage\taccent\tpredicted_cld\tpredicted_oracle\tmargin\tradius\treference\t\
        hypothesis_cld
        a.mp3\ten\tus\ten\ten\t1.5\t0.375\ta\\tb\ta\\nb
        b.mp3\thi\t\ten\thi\t-0.25\t0.0\t"k\tk

        """)
  }

  /// Every kind of line break that Python's `str.splitlines` knows, and all that escaping writes.
  @Test func noTextBreaksARow() throws {
    let texts = [
      "\t", "\n", "\r\n", "\u{0B}\u{0C}\u{1C}\u{1D}\u{1E}\u{85}\u{2028}\u{2029}", "\\", "\\n",
      "\\\\t\n", "C:\\u0041", "", "\"", "\u{3000}e\u{301}", "\\u2028",
    ]
    let table = PredictionsTable(
      paths: texts, languages: texts, accents: texts, references: texts, heads: [])
    var breaks = CharacterSet.newlines
    breaks.insert(charactersIn: "\u{0B}\u{0C}\u{1C}\u{1D}\u{1E}\r")
    let lines = table.text.unicodeScalars.split(
      omittingEmptySubsequences: false, whereSeparator: { breaks.contains($0) })
    #expect(lines.count == texts.count + 2)  // the header, and nothing after the last line feed
    for (text, line) in zip(texts, lines.dropFirst()) {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      #expect(cells.count == 4)
      for cell in cells {
        let back = PredictionsTable.unescaped(String(cell))
        #expect(Array(back.unicodeScalars) == Array(text.unicodeScalars))
      }
    }
  }

  @Test func strayBackslashesStay() {
    #expect(PredictionsTable.unescaped("a\\qb\\") == "a\\qb\\")
    #expect(PredictionsTable.unescaped("\\u12") == "\\u12")
    #expect(PredictionsTable.unescaped("\\ud800") == "\\ud800")
  }
}

@Suite struct ReportFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func filesAreWrittenWholeAndReadBack() throws {
    let report = ReportSample.report()
    let path = folder("report.json")
    try "something else".write(toFile: path, atomically: true, encoding: .utf8)
    try report.writeJSON(to: path)
    #expect(try RunReport(contentsOfJSON: path) == report)
    let markdown = folder("report.md")
    try report.writeMarkdown(to: markdown)
    #expect(try String(contentsOfFile: markdown, encoding: .utf8) == report.markdown)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.sorted() == ["report.json", "report.md"])
  }

  @Test func errorsNameTheFile() throws {
    let missing = folder("none/report.json")
    let table = PredictionsTable(
      paths: [], languages: [], accents: [], references: [], heads: [])
    #expect { try ReportSample.report().writeJSON(to: missing) } throws: { error in
      "\(error)" == "\(missing): cannot be written: No such file or directory"
    }
    #expect { try table.write(to: missing) } throws: { error in
      "\(error)" == "\(missing): cannot be written: No such file or directory"
    }
    #expect { try RunReport(contentsOfJSON: missing) } throws: { error in
      "\(error)" == "\(missing): cannot be read: No such file or directory"
    }
    let broken = folder("broken.json")
    try "{\"provenance\": 3}".write(toFile: broken, atomically: true, encoding: .utf8)
    #expect { try RunReport(contentsOfJSON: broken) } throws: { error in
      let text = "\(error)"
      return text.hasPrefix("\(broken): not a report.json: at 'provenance'")
        && !text.contains("\n")
    }
  }
}
