import Foundation
import TestFolders
import Testing

@testable import Embeddings

@Suite struct AudioTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func problem(_ path: String, maxSeconds: Double? = nil) -> AudioError? {
    do throws(AudioError) {
      _ = try AudioFile.decode(path, maxSeconds: maxSeconds)
      return nil
    } catch {
      return error
    }
  }

  func rms(_ samples: [Float]) -> Double {
    (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1)))
      .squareRoot()
  }

  func peak(_ samples: [Float]) -> Double { Double(samples.reduce(0) { max($0, abs($1)) }) }

  // MARK: The fixture

  @Test(arguments: ["en", "hi", "id", "ms", "zh-CN"])
  func fixtureClips(locale: String) throws {
    let rows = try #require(try CommonVoiceFixture.load().locales[locale]).filter(\.ok)
    #expect(rows.count >= 4)
    for row in rows {
      let path = CommonVoiceFixture.clip(locale, row.path)
      let own = try AudioFile.decodeAtOwnRate(path, maxSeconds: 30)
      #expect(own.sampleRate == row.sampleRate)
      #expect(own.channels == row.channels)
      // The fixture's decoder is the same library, so that not even a sample may differ.
      #expect(own.mono.count == row.decodedSamples)
      let waveform = try AudioFile.decode(path)
      // The README's tolerances, whose reasons it gives: 0.08 s, 3 % and 5 %.
      #expect(abs(waveform.seconds - (row.durationSeconds ?? 0)) <= 0.08)
      let (rms, peak) = (try #require(row.rms16k), try #require(row.peak16k))
      #expect(abs(self.rms(waveform.samples) / rms - 1) <= 0.03)
      #expect(abs(self.peak(waveform.samples) / peak - 1) <= 0.05)
    }
  }

  @Test func fixtureBadRows() throws {
    let rows = try CommonVoiceFixture.load().locales
    for (locale, row) in rows.flatMap({ locale, rows in rows.map { (locale, $0) } })
    where !row.ok {
      let error = try #require(problem(CommonVoiceFixture.clip(locale, row.path)))
      switch row.kind {
      case "missing": #expect(error.reason == "cannot be read: No such file or directory")
      case "empty": #expect(error.reason == "file of zero bytes")
      default: #expect(error.reason == "no audio can be decoded: it has no frame of MPEG audio")
      }
      #expect(error.description.hasPrefix(CommonVoiceFixture.root))
    }
  }

  // MARK: Damaged mp3

  /// With an information frame (27181593) and without (21002894).
  @Test(arguments: ["common_voice_en_27181593.mp3", "common_voice_en_21002894.mp3"])
  func damagedMPEG(name: String) throws {
    let whole = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: CommonVoiceFixture.clip("en", name))))
    let half = whole.count / 2 + 7  // frames have 192 bytes: inside one
    let zeros = [UInt8](repeating: 0, count: whole.count - half)
    var overwritten = whole
    overwritten.replaceSubrange(half..<(half + 500), with: [UInt8](repeating: 0x55, count: 500))
    let variants: [(String, [UInt8])] = [
      ("half", Array(whole[..<half])), ("lastByte", whole.dropLast()),
      ("zeros", whole[..<half] + zeros), ("overwritten", overwritten),
    ]
    for (name, bytes) in variants {
      let error = problem(try folder.write(name + ".mp3", bytes))
      guard case .damaged = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
    // What a frame does not need is no damage: tags at both ends, and junk before the first frame.
    let tag = Array("ID3".utf8) + [4, 0, 0, 0, 0, 1, 0] + [UInt8](repeating: 7, count: 128)
    let trailer = Array("TAG".utf8) + [UInt8](repeating: 0x20, count: 125)
    let samples = try AudioFile.decode(CommonVoiceFixture.clip("en", name)).samples
    for (name, bytes) in [
      ("tags", tag + whole + trailer), ("trailer", whole + trailer),
      ("junk", [UInt8](repeating: 0x55, count: 3000) + whole),
    ] {
      let other = try AudioFile.decode(folder.write(name + ".mp3", bytes)).samples
      #expect(other == samples, "\(name)")
    }
  }

  @Test func whatIsNoMPEG() throws {
    let text = String(repeating: "This is a text file, and no sound.\n", count: 500)
    let zeros = [UInt8](repeating: 0, count: 20_000)
    for (name, bytes) in [
      ("text.mp3", Array(text.utf8)), ("zeros.mp3", zeros), ("one.mp3", [0xFF]),
      ("text.wav", Array(text.utf8)), ("none", Array(text.utf8)), ("tag.mp3", Array("ID3".utf8)),
      ("riff.wav", Array("RIFF".utf8)), ("ogg.ogg", Array("OggS".utf8)),
    ] {
      let path = try folder.write(name, bytes)
      switch problem(path) {
      case .undecodable, .damaged: break
      case let other: Issue.record("\(name): \(String(describing: other))")
      }
    }
    #expect(problem(folder.path)?.reason == "cannot be read: not a regular file")
  }

  /// Content decides, whatever the name says.
  @Test func mislabelled() throws {
    let clip = CommonVoiceFixture.clip("en", "common_voice_en_27181593.mp3")
    let mp3 = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip)))
    let expected = try AudioFile.decode(clip)
    #expect(try AudioFile.decode(folder.write("mpeg.wav", mp3)) == expected)
    #expect(try AudioFile.decode(folder.write("mpeg", mp3)) == expected)
    let wave = WaveFile.bytes([WaveFile.tone(440, seconds: 1, rate: 16_000)], rate: 16_000)
    #expect(try AudioFile.decode(folder.write("wave.mp3", wave)).samples.count == 16_000)
  }

  // MARK: wav

  /// A tone keeps its length, level and number of periods at any rate.
  @Test(arguments: [4_000, 8_000, 16_000, 22_050, 44_100, 48_000, 192_000])
  func rates(rate: Int) throws {
    let tone = WaveFile.tone(440, seconds: 1, rate: rate)
    let path = try folder.write("tone.wav", WaveFile.bytes([tone], rate: rate))
    let waveform = try AudioFile.decode(path)
    #expect(abs(waveform.samples.count - 16_000) <= 1)  // a length is rounded to whole samples
    // The ends ring: they are left out. 0.5/√2, within what a filter of 28 bits leaves (1e-6) and
    // the part of a period that the window cuts (1/440 of 0.9 s).
    let middle = Array(waveform.samples[800..<15_200])
    #expect(abs(rms(middle) - 0.5 / 2.0.squareRoot()) < 1e-3)
    let crossings = zip(middle, middle.dropFirst()).count { $0.sign != $1.sign }
    // 440 Hz · 0.9 s · 2; one of them may lie at an end of the window.
    #expect(abs(crossings - 792) <= 1)
  }

  @Test func sixteenKilohertzIsUntouched() throws {
    let tone = WaveFile.tone(440, seconds: 0.5, rate: 16_000)
    let path = try folder.write("tone.wav", WaveFile.bytes([tone], rate: 16_000))
    #expect(try AudioFile.decode(path).samples == tone)
  }

  @Test(arguments: [2, 8]) func channelsAreAveraged(count: Int) throws {
    let channels = (0..<count).map { channel in
      (0..<1000).map { Float($0 % 64) / 64 * Float(channel) / 8 }
    }
    let path = try folder.write("many.wav", WaveFile.bytes(channels, rate: 16_000))
    let audio = try AudioFile.decodeAtOwnRate(path, maxSeconds: nil)
    #expect(audio.channels == count)
    for i in 0..<1000 {
      let mean = channels.map { Double($0[i]) }.reduce(0, +) / Double(count)
      // Sixty-fourths of eighths add up exactly, and 1/2 and 1/8 are powers of two.
      #expect(Double(audio.mono[i]) == mean)
    }
  }

  @Test func silenceIsSound() throws {
    let path = try folder.write(
      "silent.wav",
      WaveFile.bytes([[Float](repeating: 0, count: 48_000)], rate: 48_000, encoding: .pcm16))
    #expect(try AudioFile.decode(path).samples == [Float](repeating: 0, count: 16_000))
  }

  @Test func tooShort() throws {
    let one = try folder.write("one.wav", WaveFile.bytes([[0.5]], rate: 16_000))
    #expect(problem(one) == .tooShort(path: one, samples: 1, needed: 400))
    let none = try folder.write("none.wav", WaveFile.bytes([[]], rate: 16_000))
    guard case .empty = problem(none) else {
      Issue.record("\(String(describing: problem(none)))")
      return
    }
    let enough = try folder.write(
      "enough.wav", WaveFile.bytes([[Float](repeating: 0.1, count: 400)], rate: 16_000))
    #expect(problem(enough) == nil)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func notFinite(value: Float) throws {
    var samples = [Float](repeating: 0.1, count: 1000)
    samples[700] = value
    let path = try folder.write("bad.wav", WaveFile.bytes([samples], rate: 16_000))
    #expect(problem(path) == .notFinite(path: path, frame: 700))
  }

  @Test func truncatedWave() throws {
    let tone = WaveFile.tone(440, seconds: 1, rate: 16_000)
    let whole = WaveFile.bytes([tone], rate: 16_000, encoding: .pcm16)
    let path = try folder.write("cut.wav", whole[..<20_000])
    #expect(
      problem(path)
        == .damaged(path: path, reason: "the header declares 32000 bytes, there are 19956"))
    let header = try folder.write("header.wav", whole[..<40])
    #expect(problem(header) != nil)
    // A writer into a pipe leaves the length open.
    var open = whole
    open.replaceSubrange(40..<44, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(try AudioFile.decode(folder.write("open.wav", open)).samples.count == 16_000)
  }

  @Test func tooLong() throws {
    let path = try folder.write(
      "long.wav", WaveFile.bytes([[Float](repeating: 0.1, count: 16_001)], rate: 16_000))
    #expect(
      problem(path, maxSeconds: 1) == .tooLong(path: path, seconds: 16_001.0 / 16_000, limit: 1))
    let exact = try folder.write(
      "exact.wav", WaveFile.bytes([[Float](repeating: 0.1, count: 16_000)], rate: 16_000))
    #expect(problem(exact, maxSeconds: 1) == nil)
    // 2.549… s
    let clip = CommonVoiceFixture.clip("en", "common_voice_en_27181593.mp3")
    #expect(problem(clip, maxSeconds: 2.55) == nil)
    guard case .tooLong = problem(clip, maxSeconds: 2.54),
      case .tooLong = problem(clip, maxSeconds: 1)
    else {
      Issue.record("\(String(describing: problem(clip, maxSeconds: 2.54)))")
      return
    }
  }

  /// Lying headers: rates and lengths that no sound has.
  @Test func lyingHeaders() throws {
    let tone = WaveFile.tone(440, seconds: 1, rate: 16_000)
    for rate in [0, 10, 5_000_000] {
      let path = try folder.write(
        "rate.wav", WaveFile.bytes([tone], rate: rate, encoding: .pcm16))
      guard case .undecodable = problem(path) else {
        Issue.record("\(rate): \(String(describing: problem(path)))")
        continue
      }
    }
  }
}
