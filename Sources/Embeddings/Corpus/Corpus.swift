import Foundation

/// Chooses the clips of a config from its sources. Tables are read, no audio is opened.
public enum Corpus {
  /// Draws the clips that a config asks for, and splits them; or takes both from its split file.
  ///
  /// For each accent, matching rows are drawn in a seeded random order until there are enough. A row
  /// whose file is missing or empty, whose path leads out of the clips' folder, which a table says is
  /// too long, or which is broken, is skipped, and the next takes its place. A file is used once,
  /// whatever accents it matches.
  ///
  /// - Throws: `CorpusError`: a wrong config, folder, table or column, or a language without clips.
  public static func select(_ config: CorpusConfig) throws(CorpusError) -> CorpusSelection {
    try config.validate()
    if let file = config.splitFile { return try SplitFile.select(file, config) }
    if config.usesRoot {
      try requireFolder(config.root, purpose: "corpus.root is the folder of the languages' folders")
    }
    var selection = CorpusSelection(clips: [], tallies: [], skipped: [])
    for language in config.sortedLanguages {
      var draw = LanguageDraw(language: language, config: config)
      try draw.run()
      selection.clips += draw.clips
      selection.tallies += draw.tallies
      selection.skipped += draw.skipped
    }
    switch config.splitBy {
    case .clip:
      SplitAssignment.assign(
        &selection.clips, config.split, byAccent: config.stratify, seed: config.dataSeed)
    case .speaker:
      SpeakerSplit.assign(
        &selection.clips, config.split, byLanguage: config.stratify, seed: config.dataSeed)
    }
    return selection
  }

  static func requireFolder(_ path: String, purpose: String) throws(CorpusError) {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue else { throw .missingFolder(path: path, purpose: purpose) }
  }

  /// Why a clip cannot be used, as far as can be seen without opening it; nil if it may be.
  static func problem(of clip: ClipEntry, maxSeconds: Double) -> String? {
    if let seconds = clip.seconds, !(seconds > 0 && seconds <= maxSeconds) {
      return seconds > 0
        ? AudioError.tooLong(path: clip.file, seconds: seconds, limit: maxSeconds).reason
        : "its table says that it is \(seconds) s long"
    }
    var status = stat()
    guard unsafe stat(clip.file, &status) == 0 else {
      return errno == ENOENT ? "file does not exist" : "cannot be read: " + SystemError.last
    }
    guard status.st_mode & S_IFMT == S_IFREG else { return "not a regular file" }
    return status.st_size == 0 ? "file of zero bytes" : nil
  }
}
