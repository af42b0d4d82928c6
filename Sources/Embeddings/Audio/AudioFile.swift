import Foundation
import TensorFiles

/// Reads audio files: mp3 through libmpg123; wav, flac, ogg, opus and others through libsndfile.
public enum AudioFile {
  /// The shortest clip that is of use: 25 ms, the window of one spectral frame (and of one frame of
  /// wav2vec2's convolutions).
  public static let fewestSamples = 400
  /// Rates beyond these are taken for broken headers, in Hz.
  public static let sampleRates = 1_000...768_000

  /// Decodes a file, mixes its channels to their mean, and resamples to 16 kHz.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - maxSeconds: longer files are refused, from the header where it says so.
  /// - Throws: `AudioError`: a file that is unreadable, empty, of no known kind, truncated, damaged,
  ///   too long or too short, or has samples that are not finite.
  public static func decode(
    _ path: String, maxSeconds: Double? = nil
  ) throws(AudioError) -> Waveform {
    let audio = try decodeAtOwnRate(path, maxSeconds: maxSeconds)
    let samples: [Float]
    do throws(Resampler.Failure) {
      samples = try Resampler.resample(
        audio.mono, from: audio.sampleRate, to: Waveform.sampleRate)
    } catch {
      throw .resampling(path: path, reason: error.reason)
    }
    guard samples.count >= fewestSamples else {
      throw .tooShort(path: path, samples: samples.count, needed: fewestSamples)
    }
    return Waveform(samples: samples)
  }

  static func decodeAtOwnRate(
    _ path: String, maxSeconds: Double?
  ) throws(AudioError) -> DecodedAudio {
    let audio: DecodedAudio
    switch try kind(of: path) {
    case .mpeg(let scan):
      guard let scan else {
        throw .undecodable(path: path, reason: "it has no frame of MPEG audio")
      }
      // The scan counts the encoder's padding, which decoding cuts off.
      let trim = Double(MPEGScan.longestTrim) / Double(scan.sampleRate)
      try check(scan.seconds - trim, maxSeconds, path)
      audio = try MPEGDecoder.decode(path: path, scan: scan)
    case .other(let damage):
      if let damage { throw .damaged(path: path, reason: damage) }
      audio = try SoundFileDecoder.decode(path: path, maxSeconds: maxSeconds)
    }
    guard !audio.mono.isEmpty else { throw .empty(path: path, reason: "it holds no sample") }
    guard sampleRates.contains(audio.sampleRate) else {
      throw .undecodable(path: path, reason: "the header says \(audio.sampleRate) Hz")
    }
    try check(audio.seconds, maxSeconds, path)
    if let frame = audio.mono.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(path: path, frame: frame)
    }
    return audio
  }

  private enum Kind {
    /// No scan: the name says so, and the content does not.
    case mpeg(MPEGScan?)
    case other(damage: String?)
  }

  /// Which decoder is for a file: content decides, and the name where it says nothing.
  private static func kind(of path: String) throws(AudioError) -> Kind {
    let file: MappedFile
    do throws(TensorFileError) {
      file = try MappedFile(path: path)
    } catch {
      // Its description would name the path a second time.
      guard case .unreadable(_, let reason) = error else {
        throw .unreadable(path: path, reason: error.description)
      }
      throw .unreadable(path: path, reason: reason)
    }
    guard file.count > 0 else { throw .empty(path: path, reason: "file of zero bytes") }
    return unsafe file.withUnsafeBytes { raw in
      let bytes = unsafe raw.bindMemory(to: UInt8.self).span
      if MPEGScan.begins(bytes) { return .mpeg(MPEGScan(bytes)) }
      let marks = ["RIFF", "RIFX", "RF64", "FORM", "fLaC", "OggS", "caff"]
      let mark = String(decoding: (0..<min(4, bytes.count)).map { bytes[$0] }, as: UTF8.self)
      let isNamedMPEG = ["mp3", "mp2", "mpga"].contains(
        URL(fileURLWithPath: path).pathExtension.lowercased())
      if isNamedMPEG, !marks.contains(mark) { return .mpeg(MPEGScan(bytes)) }
      return .other(damage: ContainerCheck.damage(bytes))
    }
  }

  private static func check(
    _ seconds: Double, _ maxSeconds: Double?, _ path: String
  ) throws(AudioError) {
    if let maxSeconds, seconds > maxSeconds {
      throw .tooLong(path: path, seconds: seconds, limit: maxSeconds)
    }
  }
}
