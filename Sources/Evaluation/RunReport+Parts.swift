import Foundation

extension RunReport {
  /// Where the numbers come from.
  public struct Provenance: Sendable, Equatable, Codable {
    /// The run's name.
    public var name: String
    /// The version of the tool that wrote the report.
    public var version: String
    /// When the report was made: ISO 8601, UTC, to the second.
    public var date: String
    public var encoder: EncoderSummary
    /// The config as resolved, hyper-parameters included.
    public var configuration: JSONValue
    /// Every seed by the key that sets it.
    public var seeds: [String: Int]
    /// Which iterate of the solver became the head, counted from 1; `nil` when there was no solver.
    @OrNull public var deliveredIterate: Int?
    /// Why that one, such as "last" or "best_validation".
    @OrNull public var deliveredRule: String?
    /// Share of the head's columns that are zero, 0 … 1.
    @OrNull public var zeroColumnShare: Double?
    /// Sentences that a reader must know, such as that the speech is synthetic.
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
      case name, version, date, encoder, configuration, seeds, notes
      case deliveredIterate = "delivered_iterate"
      case deliveredRule = "delivered_rule"
      case zeroColumnShare = "zero_column_share"
    }

    public init(
      name: String, version: String, date: Date = Date(), encoder: EncoderSummary,
      configuration: JSONValue = [:], seeds: [String: Int] = [:], deliveredIterate: Int? = nil,
      deliveredRule: String? = nil, zeroColumnShare: Double? = nil, notes: [String] = []
    ) {
      (self.name, self.version, self.date) = (name, version, date.formatted(.iso8601))
      (self.encoder, self.configuration, self.seeds) = (encoder, configuration, seeds)
      self.notes = notes
      _deliveredIterate = OrNull(wrappedValue: deliveredIterate)
      _deliveredRule = OrNull(wrappedValue: deliveredRule)
      _zeroColumnShare = OrNull(wrappedValue: zeroColumnShare)
    }
  }

  /// Which encoder made the embeddings.
  public struct EncoderSummary: Sendable, Equatable, Codable {
    /// Such as "whisper".
    public var family: String
    /// SHA-256 of the weights, hexadecimal.
    public var weightsDigest: String
    /// Such as "mean".
    public var pooling: String

    private enum CodingKeys: String, CodingKey {
      case family, pooling
      case weightsDigest = "weights_digest"
    }

    public init(family: String, weightsDigest: String, pooling: String) {
      (self.family, self.weightsDigest, self.pooling) = (family, weightsDigest, pooling)
    }
  }

  /// How many clips there were, and what became of them.
  public struct DataCounts: Sendable, Equatable, Codable {
    /// Clips of one language in each split, and those left out.
    public struct Language: Sendable, Equatable, Codable {
      public var train = 0
      public var validation = 0
      public var test = 0
      public var skipped = 0
    }

    /// Clips in each split, and those left out.
    public var train, validation, test, skipped: Int
    /// By language, of those that have a clip.
    public var perLanguage: [String: Language]
    /// How many clips were left out for each reason.
    public var skippedByReason: [String: Int]

    private enum CodingKeys: String, CodingKey {
      case train, validation, test, skipped
      case perLanguage = "per_language"
      case skippedByReason = "skipped_by_reason"
    }

    /// From the language of each clip of each split, and of each clip that was skipped.
    public init(
      train: [String], validation: [String], test: [String],
      skipped: [(language: String, reason: String)] = []
    ) {
      (self.train, self.validation) = (train.count, validation.count)
      (self.test, self.skipped) = (test.count, skipped.count)
      var counts: [String: Language] = [:]
      for language in train { counts[language, default: .init()].train += 1 }
      for language in validation { counts[language, default: .init()].validation += 1 }
      for language in test { counts[language, default: .init()].test += 1 }
      for clip in skipped { counts[clip.language, default: .init()].skipped += 1 }
      perLanguage = counts
      skippedByReason = Dictionary(grouping: skipped, by: \.reason).mapValues(\.count)
    }
  }

  /// Wall times in seconds; `nil` for a stage that did not run.
  public struct Timing: Sendable, Equatable, Codable {
    /// Of embedding every clip, or taking it from the cache.
    @OrNull public var embed: Double?
    /// What earlier runs spent on the embeddings that this one took from the cache.
    @OrNull public var embedComputed: Double?
    @OrNull public var train: Double?
    /// Of detecting and transcribing the test clips, and scoring both.
    @OrNull public var evaluate: Double?

    private enum CodingKeys: String, CodingKey {
      case embed = "embed_s"
      case embedComputed = "embed_computed_s"
      case train = "train_s"
      case evaluate = "evaluate_s"
    }

    public init(
      embed: Double?, embedComputed: Double? = nil, train: Double?, evaluate: Double?
    ) {
      _embed = OrNull(wrappedValue: embed)
      _embedComputed = OrNull(wrappedValue: embedComputed)
      _train = OrNull(wrappedValue: train)
      _evaluate = OrNull(wrappedValue: evaluate)
    }

    /// The seconds that the paper's conventions are applied to: embedding, in this run and in those
    /// that filled its cache, and training. `nil` when neither ran.
    public var conventionSeconds: Double? {
      let parts = [embed, embedComputed, train].compactMap { $0 }
      return parts.isEmpty ? nil : parts.reduce(0, +)
    }
  }

  /// What the solver says of its own result.
  public struct SolverSummary: Sendable, Equatable, Codable {
    /// As in the config's `cronos.method`.
    public var method: String
    /// Such as "converged" or "iteration_limit".
    public var status: String
    /// The arithmetic and the ADMM penalties that were used, whatever was asked for: "float32" or "float64",
    /// ρ on the cones, κρ on the weights. nil in reports of earlier versions.
    public var precision: String?
    public var rho, weightPenalty: Double?
    /// Of ADMM.
    public var iterations: Int
    /// The convex objective at v; below the optimum only where v violates the cone constraints.
    @OrNull public var objective: Double?
    /// A certified bound of the optimum from below; `nil` if the method computes none.
    @OrNull public var lowerBound: Double?
    /// (objective − bound) / max(1, |bound|).
    @OrNull public var relativeGap: Double?
    /// The last residuals by name; `nil` for one that is not finite.
    public let residuals: [String: Double?]

    private enum CodingKeys: String, CodingKey {
      case method, status, precision, rho, iterations, objective, residuals
      case weightPenalty = "weight_penalty"
      case lowerBound = "lower_bound"
      case relativeGap = "relative_gap"
    }

    public init(
      method: String, status: String, precision: String? = nil, rho: Double? = nil,
      weightPenalty: Double? = nil, iterations: Int, objective: Double?, lowerBound: Double? = nil,
      relativeGap: Double? = nil, residuals: [String: Double] = [:]
    ) {
      (self.method, self.status, self.iterations) = (method, status, iterations)
      (self.precision, self.rho, self.weightPenalty) = (precision, rho, weightPenalty)
      _objective = OrNull(wrappedValue: objective)
      _lowerBound = OrNull(wrappedValue: lowerBound)
      _relativeGap = OrNull(wrappedValue: relativeGap)
      self.residuals = residuals.mapValues { $0.isFinite ? $0 : nil }
    }
  }
}
