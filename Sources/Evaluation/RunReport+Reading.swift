/// Sentences that say how the tables are to be read; Markdown and HTML share them.
extension RunReport {
  /// How the error rates and intervals are counted.
  var reading: String {
    guard hasText else { return "Intervals are of 95 %: Wilson's for accuracy." }
    let normaliser = main?.transcription?.normaliser ?? .none
    let texts = normaliser == .none ? "without normalisation" : "texts: \(normaliser.title)"
    return "WER and CER are of the whole list: all edits over all reference words or characters, "
      + "\(texts). MER counts each Han, kana or Thai character as a word. Intervals are of 95 %: "
      + "Wilson's for accuracy, a seeded bootstrap over clips for error rates."
  }

  var comparisonReading: String {
    "McNemar's exact test on the same clips; its p says how often heads of equal accuracy would differ "
      + "this much."
      + (hasText
        ? " The WER difference, in points, is negative where \(title(of: mainHead)) is better; its interval "
          + "is of a bootstrap over the same clips." : "")
  }

  var trainingReading: String {
    "Seconds are of training the chosen settings alone, on this machine; the search tried every setting "
      + "and kept the best on the validation clips. TFLOP are counted where this program does the "
      + "arithmetic; the paper's convention (seconds × 218.4) stands for a GPU that this run need not "
      + "have used. Energy is not estimated."
  }

  var mistakeReading: String {
    "Clips whose language \(title(of: mainHead)) got wrong, the surest first. The margin is the true "
      + "language's logit less the greatest other one."
  }

  /// What the certified radii follow from; empty without a certificate.
  var certificateReading: String {
    guard let certificate else { return "" }
    let total = "Lipschitz bound B = \(NumberFormat.general(certificate.lipschitz))"
    guard let bounds = certificate.classBounds else {
      return total + "; a prediction of margin m holds within m / (2B)."
    }
    let parts = zip(languages, bounds).map { "\($0) \(NumberFormat.general($1))" }
    return total + ", of which \(parts.joined(separator: ", ")); a prediction y holds within the "
      + "least (f_y − f_k) / (B_y + B_k) over the other languages k."
  }

  func mapReading(_ map: EmbeddingMap) -> String {
    let shares = map.explained.map { NumberFormat.share($0) }
    return "The test clips' embeddings along their first two principal components, which carry "
      + "\(shares.joined(separator: " % and ")) % of the variance."
  }

  var operationReading: String {
    "Counted are the operations of the matrix products that ran. The conventions multiply "
      + "\(NumberFormat.seconds(flops.conventionSeconds)) s of wall time (embedding, cached or not, and "
      + "training) by the speed of a GPU that this run need not have used."
  }

  /// The config as resolved, and the seeds.
  var resolved: JSONValue {
    let seeds = JSONValue.object(provenance.seeds.mapValues { .integer($0) })
    return ["config": provenance.configuration, "seeds": seeds]
  }

  /// How many clips were left out for which reason, the most frequent first.
  var reasonTable: TextTable {
    var table = TextTable(header: ["Skipped because", "Clips"])
    table.rows = data.skippedByReason
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { [$0.key, "\($0.value)"] }
    return table
  }
}
