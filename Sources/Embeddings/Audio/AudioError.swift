/// Why a file gives no sound. Each case names the file.
public enum AudioError: Error, Equatable, CustomStringConvertible {
  /// It cannot be opened or mapped, or is no regular file.
  case unreadable(path: String, reason: String)
  /// A file of zero bytes, or one whose header says that no sample follows.
  case empty(path: String, reason: String)
  /// Not audio, or of a kind that is not read.
  case undecodable(path: String, reason: String)
  /// It begins as audio, and part of it is missing or overwritten.
  case damaged(path: String, reason: String)
  /// Longer than the caller allows, in seconds.
  case tooLong(path: String, seconds: Double, limit: Double)
  /// Fewer samples at 16 kHz than one frame of an encoder sees.
  case tooShort(path: String, samples: Int, needed: Int)
  /// NaN or infinity, first at this sample of the file's own rate.
  case notFinite(path: String, frame: Int)
  /// What libsoxr says.
  case resampling(path: String, reason: String)
  /// Speed or pitch of a training clip cannot be changed.
  case stretching(path: String, reason: String)

  /// The file.
  public var path: String {
    switch self {
    case .unreadable(let path, _), .empty(let path, _), .undecodable(let path, _),
      .damaged(let path, _), .tooLong(let path, _, _), .tooShort(let path, _, _),
      .notFinite(let path, _), .resampling(let path, _), .stretching(let path, _):
      path
    }
  }

  /// What is wrong, without the path, as `skipped.tsv` has it.
  public var reason: String {
    switch self {
    case .unreadable(_, let reason): "cannot be read: \(reason)"
    case .empty(_, let reason): reason
    case .undecodable(_, let reason): "no audio can be decoded: \(reason)"
    case .damaged(_, let reason): "truncated or damaged: \(reason)"
    case .tooLong(_, let seconds, let limit):
      "too long: \((seconds * 100).rounded() / 100) s, at most \(limit) s are used"
    case .tooShort(_, let samples, let needed):
      "too short: \(samples) samples at \(Waveform.sampleRate) Hz, at least \(needed) are needed"
    case .notFinite(_, let frame): "sample \(frame) is not a finite number"
    case .resampling(_, let reason): "cannot be resampled: \(reason)"
    case .stretching(_, let reason): "cannot be stretched: \(reason)"
    }
  }

  public var description: String { "\(path): \(reason)" }
}
