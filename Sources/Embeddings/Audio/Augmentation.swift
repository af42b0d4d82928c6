import Foundation
import LinearAlgebra

/// How training clips are varied: `augment` in a config. Each step that is set happens to a clip with
/// its own probability, with an amount drawn from its range; the draw depends on the seed and the
/// clip's content alone.
public struct Augmentation: Sendable, Equatable {
  /// A range that an amount is drawn from, and how often.
  public struct Step: Sendable, Equatable {
    /// From 0 to 1.
    public var probability: Double
    /// The least and the greatest amount, in the step's unit; all between are equally likely.
    public var range: ClosedRange<Double>

    public init(probability: Double, range: ClosedRange<Double>) {
      (self.probability, self.range) = (probability, range)
    }
  }

  /// Of all draws.
  public var seed: Int
  /// Rate: above 1, faster and shorter.
  public var stretch: Step?
  /// In semitones.
  public var pitch: Step?
  /// In dB.
  public var gain: Step?
  /// Standard deviation of white noise, of full scale 1.
  public var noise: Step?
  /// Ratio of the clip's power to the background's, in dB.
  public var background: Step?
  /// Where backgrounds are from; needed with `background`.
  public var backgrounds: NoiseFolder?

  public init(
    seed: Int = 0, stretch: Step? = nil, pitch: Step? = nil, gain: Step? = nil, noise: Step? = nil,
    background: Step? = nil, backgrounds: NoiseFolder? = nil
  ) {
    (self.seed, self.stretch, self.pitch) = (seed, stretch, pitch)
    (self.gain, self.noise) = (gain, noise)
    (self.background, self.backgrounds) = (background, backgrounds)
  }

  /// What happens to a clip; nil if nothing does.
  ///
  /// Amounts are rounded to what `AugmentationPlan.identity` writes. Each step has a stream of its own:
  /// switching one off leaves the others as they are.
  /// - Parameter clip: SHA-256 of the clip's file.
  func plan(for clip: String) throws(DigestError) -> AugmentationPlan? {
    func draw(_ name: String, _ step: Step?, digits: Double) -> (Double, SeededGenerator)? {
      guard let step else { return nil }
      var generator = SeededGenerator(seed: seed, purpose: ["augment", name, clip])
      guard generator.unit() < step.probability else { return nil }
      let range = step.range
      let amount = range.lowerBound + (range.upperBound - range.lowerBound) * generator.unit()
      return ((amount * digits).rounded() / digits, generator)
    }
    var plan = AugmentationPlan()
    plan.rate = draw("stretch", stretch, digits: 1000)?.0 ?? 1
    plan.semitones = draw("pitch", pitch, digits: 100)?.0 ?? 0
    plan.gain = draw("gain", gain, digits: 100)?.0 ?? 0
    if let (level, generator) = draw("noise", noise, digits: 1e5) {
      var generator = generator
      plan.noise = .init(level: level, seed: generator.next())
    }
    if let backgrounds, let (ratio, generator) = draw("background", background, digits: 100) {
      var generator = generator
      let file = generator.below(backgrounds.files.count)
      plan.background = .init(
        path: backgrounds.files[file], digest: try backgrounds.digest(of: file), ratio: ratio,
        place: (generator.unit() * 1e4).rounded() / 1e4)
    }
    return plan == AugmentationPlan() ? nil : plan
  }
}

/// A folder of background sounds, such as MUSAN's `noise`.
public final class NoiseFolder: Sendable, Equatable {
  /// The folder.
  public let path: String
  /// All audio files below the folder, sorted.
  public let files: [String]
  private let digests: DigestMemory

  /// - Throws: `CorpusError`: no such folder, or no audio file in it.
  public init(path: String) throws(CorpusError) {
    try Corpus.requireFolder(path, purpose: "augment.background.folder holds background sounds")
    let endings: Set<String> = ["wav", "flac", "mp3", "ogg", "opus"]
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    files = names.filter {
      endings.contains(URL(fileURLWithPath: $0).pathExtension.lowercased())
    }.sorted().map { path + "/" + $0 }
    guard !files.isEmpty else {
      throw .config(
        key: "augment.background.folder",
        reason: "\(path) has no audio file (\(endings.sorted().joined(separator: ", ")))")
    }
    self.path = path
    digests = DigestMemory(count: files.count)
  }

  func digest(of file: Int) throws(DigestError) -> String {
    try digests.digest(of: files[file], at: file)
  }

  public static func == (a: NoiseFolder, b: NoiseFolder) -> Bool { a.files == b.files }
}
