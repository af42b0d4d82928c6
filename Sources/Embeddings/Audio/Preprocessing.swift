import Foundation

/// What is done to a clip's sound before it is encoded.
public struct Preprocessing: Sendable, Equatable {
  /// How loud a clip is made.
  public enum Level: String, Sendable, CaseIterable {
    /// As it is.
    case none
    /// The peak is brought near -10 to -7 dBFS, as upstream does; see `AudioLevel`.
    case upstream
  }

  /// Noise reduction by spectral gating.
  public enum Denoising: String, Sendable, CaseIterable {
    case none
    /// One noise floor for the whole clip.
    case stationary
    /// A floor that follows the noise.
    case nonStationary = "non_stationary"
  }

  public var level: Level
  public var denoising: Denoising
  /// How much of the noise is taken away, 0 to 1; 0.85 is upstream's.
  public var denoisingStrength: Double
  /// What training clips are varied with, and no others.
  public var augmentation: Augmentation?

  public init(
    level: Level = .none, denoising: Denoising = .none, denoisingStrength: Double = 0.85,
    augmentation: Augmentation? = nil
  ) {
    (self.level, self.denoising) = (level, denoising)
    (self.denoisingStrength, self.augmentation) = (denoisingStrength, augmentation)
  }

  /// Names all that shapes the samples of a clip that is not augmented, decoding and resampling
  /// included. Part of the cache's keys: it changes when, and only when, the samples do.
  public var identity: String {
    let base = "mono-mean,16000-soxr-vhq,level-\(level.rawValue)"
    return denoising == .none
      ? base : "\(base),gate-\(denoising.rawValue)-\(denoisingStrength)"
  }

  /// An identity without what one clip was augmented with.
  static func base(of identity: String) -> String {
    String(identity.prefix { $0 != augmentationMark })
  }

  fileprivate static let augmentationMark: Character = "+"

  /// The waveform with every step applied that is for all clips.
  public func applied(to waveform: Waveform) -> Waveform {
    var waveform = waveform
    if level == .upstream { waveform = AudioLevel.adjusted(waveform) }
    switch denoising {
    case .none: return waveform
    case .stationary:
      return SpectralGate(floor: .stationary, strength: denoisingStrength).applied(to: waveform)
    case .nonStationary:
      return SpectralGate(floor: .moving, strength: denoisingStrength).applied(to: waveform)
    }
  }

  /// What is done to one clip.
  /// - Parameter clip: SHA-256 of its file.
  /// - Throws: `DigestError` of a background sound.
  func treatment(of clip: String, split: Split) throws(DigestError) -> Treatment {
    Treatment(
      preprocessing: self,
      augmentation: split == .train ? try augmentation?.plan(for: clip) : nil)
  }

  /// The steps for one clip.
  struct Treatment: Sendable {
    fileprivate let preprocessing: Preprocessing
    fileprivate let augmentation: AugmentationPlan?

    /// Part of the cache's keys: a clip that no step of the augmentation fell to has the identity of
    /// one that is not augmented.
    var identity: String {
      let base = preprocessing.identity
      return augmentation.map { "\(base)\(augmentationMark)\($0.identity)" } ?? base
    }

    /// - Parameter path: the clip's file, for errors.
    func applied(to waveform: Waveform, of path: String) throws(AudioError) -> Waveform {
      let clean = preprocessing.applied(to: waveform)
      guard let augmentation else { return clean }
      return try augmentation.applied(to: clean, of: path)
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
