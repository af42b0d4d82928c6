/// One spoken sentence: an audio file and what is known about it.
public struct Clip: Sendable, Hashable {
  /// The file to open.
  public var path: String
  /// The sentence that was read.
  public var text: String
  /// The language's code in the config, such as `en`.
  public var language: String
  /// The accent's code in the config; empty if it has none.
  public var accent: String
  /// Who speaks: `client_id` in Common Voice; empty if unknown.
  public var speaker: String
  /// What it is used for.
  public var split: Split
  /// How long it is, in seconds, where a table says so.
  public var seconds: Double?

  public init(
    path: String, text: String, language: String, accent: String = "", speaker: String = "",
    split: Split, seconds: Double? = nil
  ) {
    (self.path, self.text, self.language) = (path, text, language)
    (self.accent, self.speaker, self.split) = (accent, speaker, split)
    self.seconds = seconds
  }
}

/// What a clip is used for.
public enum Split: String, Sendable, CaseIterable {
  case train, validation, test
}

/// A clip that a run leaves out, and why.
public struct SkippedClip: Sendable, Hashable {
  /// The clip's file, or the table's line (`PATH:LINE`) if that names none.
  public var path: String
  public var language: String
  /// What is wrong, in one line, without the path.
  public var reason: String

  public init(path: String, language: String, reason: String) {
    (self.path, self.language, self.reason) = (path, language, reason)
  }
}
