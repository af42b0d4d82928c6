/// Where clips come from: `corpus.sources.<name>`, which an accent's `dataset` names.
public enum CorpusSource: Sendable, Equatable {
  /// Folders in Common Voice's layout, one for each language, with the tables that are read there.
  case commonVoice(root: String, tables: [String])
  /// Manifests of any corpus; their paths are relative to `clips`, or each to its own folder.
  case manifest(files: [String], clips: String?)

  /// The source that `corpus.root` and `corpus.tables` describe.
  public static let commonVoiceName = "common_voice"

  /// The tables that hold a language's clips, in the order in which they are drawn from.
  /// - Parameter language: the folder's name, or the language's in the manifest.
  func tables(_ language: String, key: String) throws(CorpusError) -> [any ClipTable] {
    var found: [any ClipTable] = []
    switch self {
    case .commonVoice(let root, let tables):
      let folder = root + "/" + language
      try Corpus.requireFolder(folder, purpose: "the folder of \(key), under its source's root")
      try Corpus.requireFolder(folder + "/clips", purpose: "the clips of \(key)")
      let durations = try ClipDurations(folder: folder)
      for name in tables {
        found.append(
          CommonVoiceClips(
            table: try CommonVoiceTable(path: folder + "/" + name), folder: folder,
            durations: durations))
      }
    case .manifest(let files, let clips):
      if let clips { try Corpus.requireFolder(clips, purpose: "the clips of \(key)") }
      for file in files { found.append(try Manifest(path: file, clips: clips)) }
    }
    return found
  }
}
