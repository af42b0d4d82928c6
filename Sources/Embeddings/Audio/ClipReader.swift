/// The one way from a clip's file to the samples that an encoder gets.
public enum ClipReader {
  /// Decodes and preprocesses a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - preprocessing: what is done to its samples.
  ///   - maxSeconds: longer clips are refused.
  /// - Throws: `AudioError`.
  public static func read(
    _ path: String, preprocessing: Preprocessing = Preprocessing(), maxSeconds: Double? = nil
  ) throws(AudioError) -> Waveform {
    preprocessing.applied(to: try AudioFile.decode(path, maxSeconds: maxSeconds))
  }

  /// Decodes a file and gives it the treatment of one clip.
  /// - Throws: `AudioError`, of the background sound, too.
  static func read(
    _ path: String, treatment: Preprocessing.Treatment, maxSeconds: Double?
  ) throws(AudioError) -> Waveform {
    let waveform = try treatment.applied(
      to: try AudioFile.decode(path, maxSeconds: maxSeconds), of: path)
    guard waveform.samples.count >= AudioFile.fewestSamples else {
      throw .tooShort(
        path: path, samples: waveform.samples.count, needed: AudioFile.fewestSamples)
    }
    return waveform
  }
}
