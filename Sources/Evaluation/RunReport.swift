/// All that is said about a run, as one value: `report.json`, `report.md` and `report.html` are three
/// ways to write it.
///
/// Its detection and transcription are those of the main head; the other heads are rows beside it.
public struct RunReport: Sendable, Equatable {
  public var provenance: Provenance
  /// In the order of the tables.
  public var languages: [String]
  /// The rows, in the order of the tables.
  public var heads: [HeadEvaluation]
  /// The name of the head that the run is about; `heads` has it.
  public let mainHead: String
  public var data: DataCounts
  public var timing: Timing
  public var flops: FLOPCounts
  /// `nil` when the run trained no head.
  public var solver: SolverSummary?
  /// `nil` when no bound was computed, as for a head that is not the program's.
  public var certificate: Certificate?
  /// Every two heads on the same clips.
  public var comparisons: [HeadComparison]
  /// The solver's iterations; empty when the run trained no head.
  public var trace: [TracePoint]
  /// `nil` without test clips.
  public var map: EmbeddingMap?
  /// The main head's worst ones.
  public var mistakes: [Mistake]
  /// The first of the clips that were left out; `data.skipped` counts all.
  public var skippedClips: [Skipped]

  /// How many of the clips that were left out are named.
  public static let skippedLimit = 50

  /// - Precondition: a head with the name `mainHead`.
  public init(
    provenance: Provenance, languages: [String], heads: [HeadEvaluation], mainHead: String = "cld",
    data: DataCounts, timing: Timing, flops: FLOPCounts, solver: SolverSummary? = nil,
    certificate: Certificate? = nil, comparisons: [HeadComparison] = [],
    trace: [TracePoint] = [], map: EmbeddingMap? = nil, mistakes: [Mistake] = [],
    skippedClips: [Skipped] = []
  ) {
    precondition(
      heads.contains { $0.name == mainHead },
      "no head '\(mainHead)' among \(heads.map(\.name))")
    (self.provenance, self.languages) = (provenance, languages)
    (self.heads, self.mainHead) = (heads, mainHead)
    (self.data, self.timing, self.flops) = (data, timing, flops)
    (self.solver, self.certificate) = (solver, certificate)
    (self.comparisons, self.trace, self.map) = (comparisons, trace, map)
    self.mistakes = mistakes
    self.skippedClips = Array(skippedClips.prefix(Self.skippedLimit))
  }

  /// The row that the run is about, `nil` only if it was removed from `heads` since.
  public var main: HeadEvaluation? { heads.first { $0.name == mainHead } }

  /// Whether any head's choice was decoded to text.
  var hasText: Bool { heads.contains { $0.transcription != nil } }

  /// A head's name in tables.
  func title(of head: String) -> String { heads.first { $0.name == head }?.title ?? head }

  /// `languages` without repetition, and what else occurs in `others`, sorted, after them.
  static func order(_ languages: [String], adding others: [String]) -> [String] {
    var seen: Set<String> = []
    let listed = languages.filter { seen.insert($0).inserted }
    return listed + Set(others).subtracting(seen).sorted()
  }
}
