/// The one way from a clip's file to the samples that an encoder gets.
public enum ClipReader {
  /// Decodes and preprocesses a file.
  ///
  /// - Parameter maxSeconds: longer clips are refused.
  /// - Throws: `AudioError`.
  public static func read(
    _ path: String, preprocessing: Preprocessing = Preprocessing(), maxSeconds: Double? = nil
  ) throws(AudioError) -> Waveform {
    preprocessing.applied(to: try AudioFile.decode(path, maxSeconds: maxSeconds))
  }
}
