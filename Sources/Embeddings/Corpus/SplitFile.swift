import Foundation
import TensorFiles

/// The clips of a selection with their splits, as a manifest in JSON Lines: written by a run, and
/// taken by others in place of a draw.
///
/// An object a line: `path`, `text`, `language`, `accent`, `speaker`, `split` (`train`, `validation`,
/// `test`) and, where it is known, `duration` in seconds. A path below the corpus' root is relative to
/// it, so that the file can be used where the corpus lies elsewhere; others are absolute.
public enum SplitFile {
  private struct Line: Encodable {
    let path, text, language, accent, speaker, split: String
    let duration: Double?
  }

  /// Writes the whole file in one step.
  /// - Throws: `CorpusError.unwritable`.
  public static func write(
    _ clips: [Clip], root: String, to path: String
  ) throws(CorpusError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      var data = Data()
      for clip in clips {
        let line = Line(
          path: portable(clip.path, root: root), text: clip.text, language: clip.language,
          accent: clip.accent, speaker: clip.speaker, split: clip.split.rawValue,
          duration: clip.seconds)
        data += try encoder.encode(line) + Data("\n".utf8)
      }
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.systemReason)
    }
  }

  private static func portable(_ path: String, root: String) -> String {
    if !root.isEmpty, path.hasPrefix(root + "/") { return String(path.dropFirst(root.count + 1)) }
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// The file's clips, in its order within each language. Clips that are not there are skipped.
  ///
  /// - Throws: `CorpusError`: unreadable, a line that says no split or a language that the config does
  ///   not have, or no clip of a language.
  static func select(
    _ path: String, _ config: CorpusConfig
  ) throws(CorpusError) -> CorpusSelection {
    // Absolute paths are the writer's own: they may be anywhere.
    let file = try Manifest(path: path, clips: "/")
    var lines: [(line: Int, row: Result<ManifestRow, RowProblem>)] = []
    try file.forEachRow { lines.append(($0.line, $1)) }
    var reading = Reading(path: path, config: config, file: file)
    for (line, row) in lines { try reading.take(row, line: line) }
    return try reading.selection()
  }

  private struct Reading {
    let path: String
    let config: CorpusConfig
    let file: Manifest
    private var clips: [String: [Clip]] = [:]
    private var listed: [String: Int] = [:]
    private var skipped: [SkippedClip] = []

    init(path: String, config: CorpusConfig, file: Manifest) {
      (self.path, self.config, self.file) = (path, config, file)
    }

    mutating func take(
      _ row: Result<ManifestRow, RowProblem>, line: Int
    ) throws(CorpusError) {
      func wrong(_ reason: String) -> CorpusError {
        .config(key: "corpus.split_file", reason: "\(path):\(line): \(reason)")
      }
      var entry: ClipEntry
      do throws(RowProblem) {
        var row = try row.get()
        if let name = row[.path], !name.hasPrefix("/"), !name.isEmpty {
          let root = URL(fileURLWithPath: config.root).standardizedFileURL.path
          row[.path] = root + "/" + name
        }
        entry = try file.entry(row)
      } catch {
        throw wrong(error.description)
      }
      guard let split = entry.split.flatMap(Split.init(rawValue:)) else {
        throw wrong("'split' is '\(entry.split ?? "")'; train, validation or test is needed")
      }
      guard config.languages[entry.language] != nil else {
        throw wrong("the language '\(entry.language)' is not in corpus.languages")
      }
      listed[entry.language + "\n" + entry.accents, default: 0] += 1
      let root = URL(fileURLWithPath: config.root).standardizedFileURL.path
      if !config.root.isEmpty, entry.file.hasPrefix(root + "/") {
        entry.file = config.root + entry.file.dropFirst(root.count)  // as a draw names it
      }
      if let problem = Corpus.problem(of: entry, maxSeconds: config.maxSeconds) {
        skipped.append(SkippedClip(path: entry.file, language: entry.language, reason: problem))
      } else {
        clips[entry.language, default: []].append(
          Clip(
            path: entry.file, text: entry.text, language: entry.language, accent: entry.accents,
            speaker: entry.speaker, split: split, seconds: entry.seconds))
      }
    }

    func selection() throws(CorpusError) -> CorpusSelection {
      var selection = CorpusSelection(clips: [], tallies: [], skipped: skipped)
      for language in config.sortedLanguages {
        let members = clips[language] ?? []
        guard !members.isEmpty else {
          let problem = skipped.first { $0.language == language }
          throw .noClips(
            language: language, matchingRows: skipped.count { $0.language == language },
            tables: [path], firstProblem: problem.map { "\($0.path): \($0.reason)" })
        }
        selection.clips += members
        var accents: [String] = []
        for clip in members where !accents.contains(clip.accent) { accents.append(clip.accent) }
        for accent in accents {
          let count = listed[language + "\n" + accent] ?? 0
          selection.tallies.append(
            .init(
              language: language, accent: accent, asked: count, found: count,
              used: members.count { $0.accent == accent }))
        }
      }
      return selection
    }
  }
}
