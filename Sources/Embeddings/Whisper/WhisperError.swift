/// What a Whisper checkpoint cannot be asked for. Each case names the checkpoint's folder.
public enum WhisperError: Error, Equatable, CustomStringConvertible {
  /// A language was named, or asked for, of a checkpoint that knows English only.
  case englishOnly(folder: String)
  /// A language that the checkpoint has no token for.
  case unknownLanguage(folder: String, language: String, known: [String])

  /// One line.
  public var description: String {
    switch self {
    case .englishOnly(let folder):
      "\(folder): knows English only: it can neither detect a language nor be told one"
    case .unknownLanguage(let folder, let language, let known):
      "\(folder): does not know the language '\(language)'; it knows "
        + known.sorted().joined(separator: ", ")
    }
  }
}
