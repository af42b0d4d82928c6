/// Mono sound at 16 kHz, as the encoders take it.
public struct Waveform: Sendable, Equatable {
  /// Samples a second.
  public static let sampleRate = 16_000

  /// Full scale is ±1; resampling may overshoot it a little.
  public var samples: [Float]

  public init(samples: [Float]) { self.samples = samples }

  public var seconds: Double { Double(samples.count) / Double(Self.sampleRate) }
}
