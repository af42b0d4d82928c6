extension RunReport {
  /// Floating-point operations counted stage by stage, beside what the paper's conventions make of
  /// the same run's wall time.
  public struct FLOPCounts: Sendable, Equatable {
    /// One stage.
    public struct Stage: Sendable, Equatable, Codable {
      /// Operations that the stage takes, whether this run executed them or took their result from the
      /// cache; `nil` if they were not counted.
      @OrNull public var counted: Int?
      /// The part of `counted` that earlier runs spent on what this one took from the cache.
      @OrNull public var fromCache: Int?

      private enum CodingKeys: String, CodingKey {
        case counted
        case fromCache = "from_cache"
      }

      public init(counted: Int?, fromCache: Int? = nil) {
        _counted = OrNull(wrappedValue: counted)
        _fromCache = OrNull(wrappedValue: fromCache)
      }
    }

    /// Embedding the clips, training the main head, and what detectors and transcribers computed of
    /// the test clips.
    public var encoder, solver, decoder: Stage
    /// The wall seconds that the conventions are applied to: `Timing.conventionSeconds`.
    @OrNull public var conventionSeconds: Double?

    public init(encoder: Stage, solver: Stage, decoder: Stage, timing: Timing) {
      (self.encoder, self.solver, self.decoder) = (encoder, solver, decoder)
      _conventionSeconds = OrNull(wrappedValue: timing.conventionSeconds)
    }

    /// What a convention makes of `conventionSeconds`, in TFLOP.
    public func teraFLOP(_ convention: FLOPConvention) -> Double? {
      conventionSeconds.map { convention.teraFLOP(seconds: $0) }
    }
  }
}

extension RunReport.FLOPCounts: Codable {
  private enum CodingKeys: String, CodingKey {
    case encoder, solver, decoder, conventions
    case paperConvention = "paper_convention_tflops"
    case conventionSeconds = "convention_seconds"
  }

  private struct Convention: Encodable {
    let teraFLOPPerSecond: Double
    @OrNull var teraFLOP: Double?

    enum CodingKeys: String, CodingKey {
      case teraFLOPPerSecond = "tflop_per_second"
      case teraFLOP = "tflops"
    }
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    encoder = try values.decode(Stage.self, forKey: .encoder)
    solver = try values.decode(Stage.self, forKey: .solver)
    self.decoder = try values.decode(Stage.self, forKey: .decoder)
    _conventionSeconds = try values.decode(OrNull<Double>.self, forKey: .conventionSeconds)
  }

  /// `{encoder, solver, decoder}.counted` are operations. `paper_convention_tflops` is one number,
  /// the convention of the paper's Table 1 in TFLOP, as the name of the key says; `conventions` has
  /// each convention by its name, with its factor and its TFLOP, and `convention_seconds` the wall
  /// seconds that all of them multiply.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(self.encoder, forKey: .encoder)
    try values.encode(solver, forKey: .solver)
    try values.encode(decoder, forKey: .decoder)
    try values.encode(_conventionSeconds, forKey: .conventionSeconds)
    try values.encode(
      OrNull(wrappedValue: teraFLOP(.paperTable1)), forKey: .paperConvention)
    let conventions = FLOPConvention.allCases.map {
      ($0.rawValue, Convention(teraFLOPPerSecond: $0.teraFLOPPerSecond, teraFLOP: teraFLOP($0)))
    }
    try values.encode(Dictionary(uniqueKeysWithValues: conventions), forKey: .conventions)
  }
}
