import Foundation
import LinearAlgebra

/// What is done to one training clip, every amount drawn.
struct AugmentationPlan: Sendable, Equatable {
  struct Noise: Sendable, Equatable {
    var level: Double
    var seed: UInt64
  }

  struct Background: Sendable, Equatable {
    var path: String
    /// SHA-256 of the file.
    var digest: String
    /// In dB.
    var ratio: Double
    /// Where in the file it begins: 0 to 1.
    var place: Double
  }

  var rate = 1.0
  var semitones = 0.0
  var gain = 0.0
  var noise: Noise?
  var background: Background?

  /// All that shapes the samples, a part of caches' keys.
  var identity: String {
    var parts: [String] = []
    if rate != 1 { parts.append("stretch-\(rate)") }
    if semitones != 0 { parts.append("pitch-\(semitones)") }
    if let background {
      parts.append(
        "background-\(background.digest.prefix(32))-at-\(background.place)-snr-\(background.ratio)")
    }
    if let noise { parts.append("noise-\(noise.level)-\(noise.seed)") }
    if gain != 0 { parts.append("gain-\(gain)") }
    return parts.joined(separator: ",")
  }

  /// Speed and pitch first, then what is heard beside the speaker, then the level of all.
  /// - Parameter path: the clip's file, for errors.
  /// - Throws: `AudioError` of the background file, or `.stretching` of the clip.
  func applied(to waveform: Waveform, of path: String) throws(AudioError) -> Waveform {
    var waveform = waveform
    do throws(TimeStretch.Failure) {
      waveform = try TimeStretch.applied(to: waveform, rate: rate, semitones: semitones)
    } catch {
      throw .stretching(path: path, reason: error.reason)
    }
    if let background { try add(background, to: &waveform) }
    if let noise { Self.add(noise, to: &waveform) }
    if gain != 0 {
      let factor = Float(pow(10, gain / 20))
      for i in waveform.samples.indices { waveform.samples[i] *= factor }
    }
    return waveform
  }

  private func add(_ background: Background, to waveform: inout Waveform) throws(AudioError) {
    let sound = try AudioFile.decode(background.path).samples
    let count = waveform.samples.count
    // A sound that is shorter than the clip is repeated.
    let start = Int(background.place * Double(max(sound.count - count, 0)))
    let part = (0..<count).map { sound[(start + $0) % sound.count] }
    func power(_ samples: [Float]) -> Double {
      samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1))
    }
    let (clip, other) = (power(waveform.samples), power(part))
    guard other > 0 else { return }
    let factor = Float((clip / other / pow(10, background.ratio / 10)).squareRoot())
    for i in 0..<count { waveform.samples[i] += part[i] * factor }
  }

  private static func add(_ noise: Noise, to waveform: inout Waveform) {
    var generator = SeededGenerator(seed: noise.seed)
    for i in waveform.samples.indices {
      waveform.samples[i] += Float(noise.level * generator.normal())
    }
  }
}
