import Evaluation

/// A table's way: the runs that are missing, then its cells beside the paper's.
struct TablePipeline {
  let config: TableConfig
  let console: Console

  /// - Returns: the table, with a reason in each cell that could not be filled.
  func run() async throws -> PaperTable {
    let runs = TableRuns(config, console: console)
    var rows: [PaperTable.Row] = []
    for row in config.rows {
      var cells: [PaperTable.Cell] = []
      for column in config.columns {
        let selector = config.selector(row, column)
        var cell = PaperTable.Cell(paper: config.paper[row.label]?[column.label])
        if let reason = selector.absent {
          cell.missing = reason
        } else {
          try await fill(&cell, selector, runs)
        }
        cells.append(cell)
      }
      rows.append(
        .init(label: row.label, x: row.selector.size.map(Double.init), cells: cells))
    }
    let reasons = (config.rows + config.columns).compactMap { line in
      line.selector.absent.map { "\(line.label): \($0)" }
    }
    let table = PaperTable(
      title: config.title, version: Version.current, corner: config.corner,
      columns: config.columns.map {
        .init(
          label: $0.label,
          metric: $0.selector.metric ?? config.rows.compactMap(\.selector.metric).first
            ?? config.standard.metric ?? .accuracy)
      }, rows: rows, notes: config.notes, missing: runs.missing + reasons,
      seeds: config.seeds?.count ?? 1)
    let folder = RunFolder(config.output)
    try folder.make()
    try table.write(to: folder.root)
    return table
  }

  private func fill(
    _ cell: inout PaperTable.Cell, _ selector: TableConfig.Selector, _ runs: TableRuns
  ) async throws {
    let metric = selector.metric ?? .accuracy
    var values: [Double] = []
    for seed in config.seeds.map({ $0.map(Optional.some) }) ?? [nil] {
      let key = TableRuns.Key(run: selector.run ?? "", size: selector.size, seed: seed)
      switch try await runs.report(key) {
      case .failure(let error):
        cell.missing = error.description
        return
      case .success(let report):
        guard let head = report.heads.first(where: { $0.name == selector.head }) else {
          cell.missing = "the run has no head '\(selector.head ?? "")'"
          return
        }
        let found = Found(head, metric, accent: selector.accent)
        guard let value = found.value else {
          cell.missing = selector.accent.map { "no test clip of \($0)" } ?? "not measured"
          return
        }
        values.append(value)
        (cell.interval, cell.clips) = (found.interval, found.clips)
      }
    }
    cell.ours = values.reduce(0, +) / Double(values.count)
    if values.count > 1 { cell.interval = .mean(values, within: metric.range) }
  }

  /// A number of one head in one report.
  private struct Found {
    var value: Double?
    var interval: Interval?
    var clips: Int?

    init(_ head: HeadEvaluation, _ metric: PaperTable.Metric, accent: String?) {
      switch metric {
      case .accuracy:
        let detection = head.detection
        let (share, ratio, count): (Double?, Interval?, Int?) =
          if let accent, let part = detection.perAccent[accent] {
            (part.accuracy, part.interval, part.clips)
          } else if let accent, let part = detection.perLanguage[accent] {
            (part.accuracy, part.interval, part.clips)
          } else if accent != nil {
            (nil, nil, nil)
          } else {
            (detection.accuracy, detection.interval, detection.clips)
          }
        value = share.map { 100 * $0 }
        interval = ratio?.percent
        clips = count
      case .wer, .cer:
        let text = head.transcription
        let scores =
          accent.map { text?.perAccent[$0] ?? text?.perLanguage[$0] } ?? text?.overall
        value = metric == .wer ? scores?.wer : scores?.cer
        interval = metric == .wer ? scores?.werInterval : scores?.cerInterval
        clips = scores?.pairs
      case .trainSeconds: value = head.training?.seconds
      case .paperTeraFLOP:
        value = head.training.map { FLOPConvention.paperTable1.teraFLOP(seconds: $0.seconds) }
      }
    }
  }
}
