import Foundation

extension RunReport: Codable {
  private enum CodingKeys: String, CodingKey {
    case provenance, languages, heads, data, timing, flops, solver, certificate
    case detection, transcription, comparisons, trace, mistakes
    case mainHead = "main_head"
    case map = "embedding_map"
    case skippedClips = "skipped_clips"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    provenance = try values.decode(Provenance.self, forKey: .provenance)
    languages = try values.decode([String].self, forKey: .languages)
    heads = try values.decode([HeadEvaluation].self, forKey: .heads)
    mainHead = try values.decode(String.self, forKey: .mainHead)
    data = try values.decode(DataCounts.self, forKey: .data)
    timing = try values.decode(Timing.self, forKey: .timing)
    flops = try values.decode(FLOPCounts.self, forKey: .flops)
    solver = try values.decodeIfPresent(SolverSummary.self, forKey: .solver)
    certificate = try values.decodeIfPresent(Certificate.self, forKey: .certificate)
    // Reports of version 0.1 have none of these.
    comparisons = try values.decodeIfPresent([HeadComparison].self, forKey: .comparisons) ?? []
    trace = try values.decodeIfPresent([TracePoint].self, forKey: .trace) ?? []
    map = try values.decodeIfPresent(EmbeddingMap.self, forKey: .map)
    mistakes = try values.decodeIfPresent([Mistake].self, forKey: .mistakes) ?? []
    skippedClips = try values.decodeIfPresent([Skipped].self, forKey: .skippedClips) ?? []
    if main == nil {
      throw DecodingError.dataCorruptedError(
        forKey: .mainHead, in: values,
        debugDescription: "no head '\(mainHead)' among \(heads.map(\.name))")
    }
  }

  /// The value's parts, and `detection` and `transcription` of the main head at the top, where
  /// scripts look for them. What is missing is `null`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(provenance, forKey: .provenance)
    try values.encode(languages, forKey: .languages)
    try values.encode(heads, forKey: .heads)
    try values.encode(mainHead, forKey: .mainHead)
    try values.encode(OrNull(wrappedValue: main?.detection), forKey: .detection)
    try values.encode(OrNull(wrappedValue: main?.transcription), forKey: .transcription)
    try values.encode(data, forKey: .data)
    try values.encode(timing, forKey: .timing)
    try values.encode(flops, forKey: .flops)
    try values.encode(OrNull(wrappedValue: solver), forKey: .solver)
    try values.encode(OrNull(wrappedValue: certificate), forKey: .certificate)
    try values.encode(comparisons, forKey: .comparisons)
    try values.encode(trace, forKey: .trace)
    try values.encode(OrNull(wrappedValue: map), forKey: .map)
    try values.encode(mistakes, forKey: .mistakes)
    try values.encode(skippedClips, forKey: .skippedClips)
  }

  /// The text of `report.json`: sorted keys, indented, with a newline at the end. The same value
  /// gives the same bytes.
  public func json() throws(EncodingError) -> String {
    do {
      return String(decoding: try JSONEncoder.report.encode(self), as: UTF8.self) + "\n"
    } catch let error as EncodingError {
      throw error
    } catch {
      throw .invalidValue(self, .init(codingPath: [], debugDescription: "\(error)"))
    }
  }
}
