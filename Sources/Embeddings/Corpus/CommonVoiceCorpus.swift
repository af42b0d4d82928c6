import Foundation

/// Chooses clips from folders in Common Voice's layout: `ROOT/LANGUAGE/validated.tsv` and
/// `ROOT/LANGUAGE/clips/*.mp3`. Tables are read, no audio is opened.
public enum CommonVoiceCorpus {
  /// Draws the clips that a config asks for, and splits them.
  ///
  /// For each accent, matching rows are drawn in a seeded random order until there are enough. A row
  /// whose file is missing or empty, whose path leads out of the folder `clips`, or which is broken,
  /// is skipped, and the next takes its place. A file is used once, whatever accents it matches.
  ///
  /// - Throws: `CorpusError`: a wrong config, folder, table or column, or a language without clips.
  public static func select(_ config: CorpusConfig) throws(CorpusError) -> CorpusSelection {
    try config.validate()
    try requireFolder(config.root, purpose: "corpus.root is the folder of the languages' folders")
    var selection = CorpusSelection(clips: [], tallies: [], skipped: [])
    for language in config.sortedLanguages {
      var draw = try LanguageDraw(language: language, config: config)
      try draw.run()
      selection.clips += draw.clips
      selection.tallies += draw.tallies
      selection.skipped += draw.skipped
    }
    SplitAssignment.assign(
      &selection.clips, config.split, byAccent: config.stratify, seed: config.dataSeed)
    return selection
  }

  static func requireFolder(_ path: String, purpose: String) throws(CorpusError) {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue else { throw .missingFolder(path: path, purpose: purpose) }
  }
}
