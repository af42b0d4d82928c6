import Foundation
import LinearAlgebra
import TestFolders
import Testing

@testable import Embeddings

@Suite struct AugmentationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func digest(_ i: Int) -> String { SHA256Digest.hex(of: Array("\(i)".utf8)) }

  func rms(_ samples: some Collection<Float>) -> Double {
    (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }

  /// Rising passages through zero in a second.
  func frequency(_ waveform: Waveform) -> Double {
    let middle = waveform.samples.dropFirst(2000).dropLast(2000)
    let rises = zip(middle, middle.dropFirst()).count { $0 < 0 && $1 >= 0 }
    return Double(rises) / Double(middle.count) * 16_000
  }

  let tone = Waveform(samples: WaveFile.tone(440, seconds: 1, rate: 16_000))

  @Test(arguments: [(1.0, 4.0), (1, -4), (0.9, 0), (1.1, 0), (1.25, 2)])
  func speedAndPitchAreIndependent(rate: Double, semitones: Double) throws {
    let changed = try TimeStretch.applied(to: tone, rate: rate, semitones: semitones)
    // The library rounds to whole samples of its own steps.
    #expect(abs(Double(changed.samples.count) - 16_000 / rate) < 32)
    // Passages are counted over 0.7 s: one more or less is 1.5 Hz.
    #expect(abs(frequency(changed) - 440 * pow(2, semitones / 12)) < 4)
    #expect(try TimeStretch.applied(to: tone, rate: rate, semitones: semitones) == changed)
    #expect(try TimeStretch.applied(to: tone, rate: 1, semitones: 0) == tone)
  }

  @Test func gainAndNoise() throws {
    var plan = AugmentationPlan()
    plan.gain = -6
    // The factor and each product are rounded to float32: 6e-8 of 0.5 each.
    let quieter = try plan.applied(to: tone, of: "tone")
    #expect(abs(rms(quieter.samples) / rms(tone.samples) - pow(10, -0.3)) < 1e-6)
    plan = AugmentationPlan()
    plan.noise = .init(level: 0.01, seed: 3)
    let noisy = try plan.applied(to: tone, of: "tone")
    let noise = zip(noisy.samples, tone.samples).map { $0 - $1 }
    // The standard deviation of 16,000 samples' own: 0.01/√(2·16,000) = 0.00006, that of their mean:
    // 0.01/√16,000 = 0.00008; five of them.
    #expect(abs(rms(noise) - 0.01) < 0.0003)
    #expect(abs(Double(noise.reduce(0, +)) / 16_000) < 0.0004)
    #expect(try plan.applied(to: tone, of: "tone") == noisy)
  }

  /// A background that is shorter than the clip, at 3 dB below it.
  @Test func backgroundAtARatio() throws {
    let hum = WaveFile.tone(50, seconds: 0.25, rate: 16_000, peak: 0.9)
    try folder.write("noise/deep/hum.wav", WaveFile.bytes([hum], rate: 16_000))
    try folder.write("noise/readme.txt", "no sound".utf8)
    let noises = try NoiseFolder(path: folder.path + "/noise")
    #expect(noises.files == [folder.path + "/noise/deep/hum.wav"])
    let augmentation = Augmentation(
      background: .init(probability: 1, range: 3...3), backgrounds: noises)
    let plan = try #require(try augmentation.plan(for: digest(1)))
    let mixed = try plan.applied(to: tone, of: "tone")
    let difference = zip(mixed.samples, tone.samples).map { $0 - $1 }
    // Float32 sums of numbers below 1, read back by a difference: 1e-7 of 0.35.
    #expect(abs(20 * log10(rms(tone.samples) / rms(difference)) - 3) < 1e-4)
    #expect(plan.identity.contains("snr-3.0"))
    // Other content under the same name is another sound.
    try folder.write("noise/deep/hum.wav", WaveFile.bytes([hum.reversed()], rate: 16_000))
    let other = Augmentation(
      background: augmentation.background,
      backgrounds: try NoiseFolder(path: folder.path + "/noise"))
    #expect(try other.plan(for: digest(1))?.identity != plan.identity)
    #expect(throws: CorpusError.self) { try NoiseFolder(path: folder.path + "/none") }
    try folder.write("empty/readme.txt", "no sound".utf8)
    #expect(throws: CorpusError.self) { try NoiseFolder(path: folder.path + "/empty") }
  }

  @Test func drawsFollowSeedAndClip() throws {
    var augmentation = Augmentation(
      seed: 5, stretch: .init(probability: 0.2, range: 0.9...1.1),
      pitch: .init(probability: 0.2, range: -4...4), gain: .init(probability: 0.1, range: -6...6),
      noise: .init(probability: 0.2, range: 0.005...0.015))
    let plans = try (0..<2000).map { try augmentation.plan(for: digest($0)) }
    #expect(try (0..<2000).map { try augmentation.plan(for: digest($0)) } == plans)
    func share(_ isSo: (AugmentationPlan) -> Bool) -> Double {
      Double(plans.count { $0.map(isSo) ?? false }) / 2000
    }
    // Standard deviation of a share of 0.2 among 2,000: 0.009, of 0.1: 0.0067; four of them.
    #expect(abs(share { $0.rate != 1 } - 0.2) < 0.036)
    #expect(abs(share { $0.semitones != 0 } - 0.2) < 0.036)
    #expect(abs(share { $0.gain != 0 } - 0.1) < 0.03)
    #expect(abs(share { $0.noise != nil } - 0.2) < 0.036)
    // 0.8·0.8·0.9·0.8 = 0.46 are left alone, standard deviation 0.011.
    #expect(abs(Double(plans.count { $0 == nil }) / 2000 - 0.46) < 0.045)
    #expect(plans.compactMap { $0 }.allSatisfy { (0.9...1.1).contains($0.rate) })

    // Switching a step off leaves the others as they are; another seed draws anew.
    augmentation.pitch = nil
    let without = try (0..<2000).map { try augmentation.plan(for: digest($0)) }
    #expect(zip(plans, without).allSatisfy { ($0?.rate ?? 1) == ($1?.rate ?? 1) })
    augmentation.seed = 6
    #expect(try (0..<2000).map { try augmentation.plan(for: digest($0)) } != without)
  }

  /// Training clips only, and only those that a step falls to: the others share their value with runs
  /// that do not augment.
  @Test func trainingClipsOnly() async throws {
    let cache = try EmbeddingCache(path: folder.path + "/cache.sqlite")
    let clips = try (0..<12).map { i in
      let samples = WaveFile.tone(200, seconds: 0.1 + 0.01 * Double(i), rate: 16_000)
      let path = try folder.write("\(i).wav", WaveFile.bytes([samples], rate: 16_000))
      return Clip(
        path: path, text: "", language: "en", split: i < 8 ? .train : i < 10 ? .validation : .test)
    }
    let plain = try await EmbeddingPipeline(encoder: FakeEncoder(), cache: cache).run(clips)
    let gain = Augmentation(gain: .init(probability: 0.5, range: 3...6))
    let pipeline = EmbeddingPipeline(
      encoder: FakeEncoder(), cache: cache, preprocessing: Preprocessing(augmentation: gain))
    let first = try await pipeline.run(clips)
    let changed = (0..<12).filter { first.vectors.row($0) != plain.vectors.row($0) }
    #expect(!changed.isEmpty && changed.count < 8 && changed.allSatisfy { $0 < 8 })
    #expect(first.cachedCount == 12 - changed.count)
    let again = try await pipeline.run(clips)
    #expect(again.cachedCount == 12 && again.vectors == first.vectors)
  }

  @Test func identities() {
    var preprocessing = Preprocessing(level: .upstream, denoising: .nonStationary)
    #expect(
      preprocessing.identity == "mono-mean,16000-soxr-vhq,level-upstream,gate-non_stationary-0.85")
    preprocessing.augmentation = Augmentation(gain: .init(probability: 1, range: 1...1))
    let treatment = try? preprocessing.treatment(of: digest(0), split: .train)
    #expect(treatment?.identity == preprocessing.identity + "+gain-1.0")
    #expect(Preprocessing.base(of: treatment?.identity ?? "") == preprocessing.identity)
    let test = try? preprocessing.treatment(of: digest(0), split: .test)
    #expect(test?.identity == preprocessing.identity)
  }
}
