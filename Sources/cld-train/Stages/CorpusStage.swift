import Embeddings
import Evaluation

/// Chooses a run's clips, and says what is worth knowing about the choice.
struct CorpusStage {
  let selection: CorpusSelection
  let plan: CorpusPlan

  /// - Throws: `CorpusError`.
  init(_ config: CorpusConfig, console: Console) throws {
    selection = try Corpus.select(config)
    plan = CorpusPlan(selection, shares: config.split)
    for tally in selection.shortfalls {
      console.logger.warning(
        """
        \(tally.language), accent '\(tally.accent)': \(tally.asked) clips asked, \(tally.found) \
        found, \(tally.used) used
        """)
    }
    if plan.sharedSpeakers > 0 {
      let heldOut = plan.total.validation + plan.total.test
      console.logger.warning(
        """
        \(plan.sharedSpeakers) speakers are on both sides of the split: \(plan.exposedClips) of \
        \(heldOut) validation and test clips are of a speaker that is trained on \
        (corpus.split_by: speaker keeps them apart)
        """)
    }
    for (language, split) in plan.emptySplits {
      console.logger.warning(
        "\(language): no clip for \(split.rawValue); too few speakers or clips")
    }
  }

  /// The plan for people: a row an accent, and their sum.
  var table: String {
    var table = TextTable(
      header: [
        "Language", "Accent", "Asked", "Found", "Used", "Speakers", "Hours", "Train", "Val", "Test",
      ], leading: 2)
    for row in plan.rows { table.rows.append(cells(row)) }
    if plan.rows.count > 1 {
      var total = cells(plan.total)
      total[0] = "all"
      table.rows.append(total)
    }
    return table.plain + "skipped: \(plan.skipped)"
  }

  private func cells(_ row: CorpusPlan.Row) -> [String] {
    let hours = row.seconds.map {
      ($0 / 3600).formatted(.number.precision(.fractionLength(2)).grouping(.never))
    }
    return [row.tally.language, row.tally.accent]
      + [row.tally.asked, row.tally.found, row.tally.used, row.speakers].map(String.init)
      + [hours ?? "?"] + [row.train, row.validation, row.test].map(String.init)
  }

  var json: JSONValue {
    func json(_ row: CorpusPlan.Row) -> [String: JSONValue] {
      [
        "asked": .integer(row.tally.asked), "found": .integer(row.tally.found),
        "used": .integer(row.tally.used), "speakers": .integer(row.speakers),
        "hours": row.seconds.map { .number($0 / 3600) } ?? .null, "train": .integer(row.train),
        "validation": .integer(row.validation), "test": .integer(row.test),
      ]
    }
    let accents = plan.rows.map { row in
      JSONValue.object(
        json(row).merging(
          ["language": .string(row.tally.language), "accent": .string(row.tally.accent)]) { $1 })
    }
    return .object(
      json(plan.total).merging(
        [
          "accents": .array(accents), "skipped": .integer(plan.skipped),
          "shared_speakers": .integer(plan.sharedSpeakers),
          "exposed_clips": .integer(plan.exposedClips),
        ]) { $1 })
  }
}
