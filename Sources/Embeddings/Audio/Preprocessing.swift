import Foundation

/// What is done to a clip's sound before it is encoded.
public struct Preprocessing: Sendable, Hashable {
  /// How loud a clip is made.
  public enum Level: String, Sendable, CaseIterable {
    /// As it is.
    case none
    /// The peak is brought near -10 to -7 dBFS, as upstream does; see `AudioLevel`.
    case upstream
  }

  public var level: Level

  public init(level: Level = .none) { self.level = level }

  /// Names all that shapes the samples, decoding and resampling included. Part of the cache's keys:
  /// it changes when, and only when, the samples do.
  public var identity: String { "mono-mean,16000-soxr-vhq,level-\(level.rawValue)" }

  /// The waveform with every step applied.
  public func applied(to waveform: Waveform) -> Waveform {
    switch level {
    case .none: waveform
    case .upstream: AudioLevel.adjusted(waveform)
    }
  }
}

/// The level that upstream gives each clip, here in float and not through 16-bit integers.
public enum AudioLevel {
  /// Peaks that are left as they are, in dB of full scale.
  public static let accepted = -10.0 ... -7.0

  /// A clip whose peak is below -10 dBFS is amplified to -7, one above -7 is attenuated to -10; a
  /// silent one stays silent.
  public static func adjusted(_ waveform: Waveform) -> Waveform {
    let peak = waveform.samples.reduce(Float(0)) { max($0, abs($1)) }
    guard peak > 0 else { return waveform }
    let decibels = 20 * log10(Double(peak))
    guard !accepted.contains(decibels) else { return waveform }
    let target = decibels < accepted.lowerBound ? accepted.upperBound : accepted.lowerBound
    let gain = Float(pow(10, (target - decibels) / 20))
    return Waveform(samples: waveform.samples.map { $0 * gain })
  }
}
