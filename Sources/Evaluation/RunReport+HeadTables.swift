extension RunReport {
  /// One row a head with its intervals.
  var headTable: TextTable {
    var table = TextTable(
      header: [
        "Head", "Accuracy %", "95 % interval", "WER %", "95 % interval", "CER %", "95 % interval",
        "Train s",
      ])
    for head in heads {
      let text = head.transcription?.overall
      table.rows.append([
        head.title, NumberFormat.share(head.detection.accuracy),
        NumberFormat.shares(head.detection.interval),
        NumberFormat.percent(text?.wer), NumberFormat.percents(text?.werInterval),
        NumberFormat.percent(text?.cer), NumberFormat.percents(text?.cerInterval),
        NumberFormat.duration(head.training?.seconds),
      ])
    }
    return table
  }

  /// Averages over languages of what each head recognised.
  var averageTable: TextTable {
    var table = TextTable(
      header: [
        "Head", "Precision % (macro)", "Recall %", "F1 %", "Precision % (weighted)", "Recall %",
        "F1 %",
      ])
    for head in heads {
      let averages = [head.detection.macroAverage, head.detection.weightedAverage]
      table.rows.append(
        [head.title]
          + averages.flatMap { [$0.precision, $0.recall, $0.f1] }.map { NumberFormat.share($0) })
    }
    return table
  }

  /// The edits behind the error rates; `nil` without text.
  var editTable: TextTable? {
    guard hasText else { return nil }
    var table = TextTable(
      header: [
        "Head", "Words", "Substituted", "Deleted", "Inserted", "Characters", "Substituted",
        "Deleted", "Inserted", "MER %",
      ])
    for head in heads {
      guard let scores = head.transcription?.overall else { continue }
      table.rows.append(
        [head.title]
          + [scores.words, scores.characters].flatMap {
            [$0.referenceCount, $0.substitutions, $0.deletions, $0.insertions].map { "\($0)" }
          } + [NumberFormat.percent(scores.mer)])
    }
    return table
  }

  /// WER and CER of each head under each normaliser beside the first; `nil` if there is none.
  var normaliserTable: TextTable? {
    let names = TextNormaliser.allCases.filter { normaliser in
      heads.contains { $0.transcription?.normalised[normaliser.rawValue] != nil }
    }
    guard !names.isEmpty else { return nil }
    var table = TextTable(
      header: ["Normaliser", "Head", "WER %", "95 % interval", "CER %", "95 % interval"],
      leading: 2)
    for name in names {
      for head in heads {
        guard let scores = head.transcription?.normalised[name.rawValue] else { continue }
        table.rows.append([
          name.title, head.title, NumberFormat.percent(scores.wer),
          NumberFormat.percents(scores.werInterval), NumberFormat.percent(scores.cer),
          NumberFormat.percents(scores.cerInterval),
        ])
      }
    }
    return table
  }

  /// The main head against each other one; `nil` if there is no other.
  var comparisonTable: TextTable? {
    let own = comparisons.filter { $0.first == mainHead || $0.second == mainHead }
    guard !own.isEmpty else { return nil }
    let name = title(of: mainHead)
    var table = TextTable(
      header: [
        "Against", "Only \(name) right", "Only the other right", "McNemar p",
      ] + (hasText ? ["WER difference", "95 % interval"] : []))
    for comparison in own {
      let flipped = comparison.second == mainHead
      let sign: Double = flipped ? -1 : 1
      let interval = comparison.werDifferenceInterval.map {
        flipped ? Interval(lower: -$0.upper, upper: -$0.lower) : $0
      }
      let texts = [
        NumberFormat.percent(comparison.werDifference.map { sign * $0 }),
        NumberFormat.percents(interval),
      ]
      table.rows.append(
        [
          title(of: flipped ? comparison.first : comparison.second),
          "\(flipped ? comparison.onlySecond : comparison.onlyFirst)",
          "\(flipped ? comparison.onlyFirst : comparison.onlySecond)",
          NumberFormat.probability(comparison.pValue),
        ] + (hasText ? texts : []))
    }
    return table
  }

  /// What each trained head cost and how it was chosen; `nil` if none was trained here.
  var trainingTable: TextTable? {
    guard heads.contains(where: { $0.training != nil }) else { return nil }
    var table = TextTable(
      header: [
        "Head", "Settings", "Train s", "Search s", "Settings tried", "Validation %",
        "TFLOP counted", "TFLOP by the paper's convention",
      ], leading: 2)
    for head in heads {
      guard let training = head.training else { continue }
      table.rows.append([
        head.title, training.settings.oneLine, NumberFormat.duration(training.seconds),
        NumberFormat.duration(training.searchSeconds), "\(training.candidates)",
        NumberFormat.share(training.validationAccuracy), NumberFormat.teraFLOP(training.flops),
        NumberFormat.general(FLOPConvention.paperTable1.teraFLOP(seconds: training.seconds)),
      ])
    }
    return table
  }

  /// At most a dozen of the solver's iterations, the last among them; `nil` without any.
  var traceTable: TextTable? {
    guard !trace.isEmpty else { return nil }
    var table = TextTable(
      header: [
        "Iteration", "Loss", "Train %", "Validation %", "Primal", "Cone", "Dual", "Objective",
        "Bound",
      ], leading: 0)
    let stride = max(1, (trace.count + 10) / 11)
    for (index, point) in trace.enumerated()
    where index % stride == 0 || index == trace.count - 1 {
      table.rows.append(
        ["\(point.iteration)", NumberFormat.general(point.trainLoss)]
          + [point.trainAccuracy, point.validationAccuracy].map { NumberFormat.share($0) }
          + [
            point.primalResidual, point.coneResidual, point.dualResidual, point.objective,
            point.lowerBound,
          ].map { NumberFormat.general($0) })
    }
    return table
  }

  /// `nil` when the main head made none.
  var mistakeTable: TextTable? {
    guard !mistakes.isEmpty else { return nil }
    var table = TextTable(
      header: ["Clip", "Language", "Taken for", "Margin", "Said", "Heard"], leading: 3)
    for mistake in mistakes {
      let isNamed = !mistake.accent.isEmpty && mistake.accent != mistake.language
      let accent = isNamed ? " (\(mistake.accent))" : ""
      table.rows.append([
        mistake.clip, mistake.language + accent, mistake.predicted,
        NumberFormat.general(mistake.margin), mistake.reference,
        mistake.hypothesis ?? NumberFormat.missing,
      ])
    }
    return table
  }

  /// The clips that were left out; `nil` if all were used.
  var skippedTable: TextTable? {
    guard !skippedClips.isEmpty else { return nil }
    var table = TextTable(header: ["Clip", "Language", "Reason"], leading: 3)
    table.rows = skippedClips.map {
      [$0.path.split(separator: "/").last.map(String.init) ?? $0.path, $0.language, $0.reason]
    }
    return table
  }
}
