import Testing

@testable import Evaluation

@Suite struct SweepReportTests {
  static func report(_ maximises: Bool = true) -> SweepReport {
    func trial(
      _ number: Int, _ state: String, _ value: Double?, _ iterations: Int?, reason: String? = nil
    ) -> SweepReport.Trial {
      .init(
        number: number,
        settings: ["cronos.beta": .number(0.001 * Double(number + 1)), "cronos.method": "direct"],
        state: state, value: value, spread: nil, iterations: iterations, seconds: 1.5,
        reason: reason,
        course: value.map { [(1, $0 - 0.1), (3, $0)] } ?? [])
    }
    return SweepReport(
      name: "a <sweep>", version: "1", metric: "detection.accuracy", maximises: maximises,
      search: "grid",
      parameters: [
        .init(key: "cronos.beta", isLogarithmic: true, choices: nil, importance: 0.75),
        .init(
          key: "cronos.method", isLogarithmic: false, choices: ["direct", "auto"], importance: 0),
      ],
      trials: [
        trial(0, "done", 0.5, 3), trial(1, "failed", nil, nil, reason: "beta & <gamma>"),
        trial(2, "done", 0.75, 3), trial(3, "stopped", 0.9, 1), trial(4, "waiting", nil, nil),
      ], best: maximises ? 2 : 0, planned: 6, seeds: 1, notes: ["A note."], definition: [:])
  }

  @Test func tableHasTheBestFirst() {
    let report = Self.report()
    #expect(report.ranked.map(\.number) == [2, 0, 3, 4, 1])
    #expect(Self.report(false).ranked.map(\.number) == [0, 2, 3, 4, 1])
    #expect(
      report.table(report.ranked).header
        == ["Trial", "beta", "method", "accuracy", "Iterations", "Seconds", "State"])
    #expect(
      report.table(report.ranked).rows[0] == ["2", "0.003", "direct", "0.75", "3", "1.5", "done"])
    #expect(report.text.hasSuffix("6 trials: 2 done, 1 stopped early, 1 failed, 2 to do"))
    #expect(report.text.contains("trial 1: beta & <gamma>"))
    #expect(report.json.at("best") == 2 && report.json.at("importance")?["cronos.beta"] == 0.75)
  }

  @Test func pageHasEveryPart() {
    let html = Self.report().html
    for part in [
      "a &lt;sweep&gt;", "Best settings", "Importance", "A line a trial", "Parameter by parameter",
      "Best so far", "Rung by rung", "beta &amp; &lt;gamma&gt;", "A note.", "Trial 2 is the best",
    ] { #expect(html.contains(part), "\(part)") }
    #expect(!html.contains("<sweep>") && !html.contains("http"))
  }

  /// A key that ends as another one does is written whole.
  @Test func shortNamesAreDistinct() {
    var report = Self.report()
    report.parameters[1].key = "other.beta"
    #expect(report.shortName("cronos.beta") == "cronos.beta")
    #expect(Self.report().shortName("cronos.beta") == "beta")
  }
}
