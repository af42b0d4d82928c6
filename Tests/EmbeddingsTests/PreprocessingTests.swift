import Embeddings
import Foundation
import Testing

@Suite struct PreprocessingTests {
  func decibels(_ waveform: Waveform) -> Double {
    20 * log10(Double(waveform.samples.reduce(0) { max($0, abs($1)) }))
  }

  /// Below -10 dBFS to -7, above -7 to -10, between them untouched.
  @Test(arguments: [
    (-60.0, -7.0), (-10.1, -7), (-9.9, -9.9), (-8, -8), (-7.1, -7.1), (-6.9, -10), (0, -10),
    (3, -10),
  ])
  func upstreamLevel(before: Double, after: Double) {
    let peak = Float(pow(10, before / 20))
    let waveform = Waveform(samples: [0, peak / 3, -peak, peak / 2])
    let adjusted = Preprocessing(level: .upstream).applied(to: waveform)
    // Two roundings to float32 (gain and product), 6e-8 each: 1e-6 dB.
    #expect(abs(decibels(adjusted) - after) < 1e-5)
    // A third, two products and a quotient, rounded to float32.
    #expect(abs(adjusted.samples[1] / adjusted.samples[2] + 1 / 3) < 1e-6)
    if before == after { #expect(adjusted == waveform) }
    #expect(Preprocessing().applied(to: waveform) == waveform)
  }

  @Test func silenceStaysSilent() {
    let silent = Waveform(samples: [Float](repeating: 0, count: 500))
    #expect(AudioLevel.adjusted(silent) == silent)
  }

  /// Keys of caches on users' disks: a change makes every one of their clips be encoded again.
  @Test func identities() {
    #expect(Preprocessing().identity == "mono-mean,16000-soxr-vhq,level-none")
    #expect(
      Preprocessing(level: .upstream).identity == "mono-mean,16000-soxr-vhq,level-upstream")
  }

  @Test func clipReaderAppliesAll() throws {
    let path = CommonVoiceFixture.clip("en", "common_voice_en_27181593.mp3")  // peak -3.5 dBFS
    let plain = try ClipReader.read(path)
    let level = try ClipReader.read(path, preprocessing: Preprocessing(level: .upstream))
    #expect(decibels(plain) > -7)
    #expect(abs(decibels(level) + 10) < 1e-5)  // two roundings, as above
    #expect(throws: AudioError.self) { try ClipReader.read(path, maxSeconds: 1) }
  }
}
