import Foundation
import TensorFiles

/// A run's `skipped.tsv`: which clips were left out, and why.
public enum SkippedTable {
  /// Writes `path`, `language`, `reason`, a header line and a line a clip, in the order given. Tabs
  /// and line breaks inside a field become spaces. An older file is replaced only by a whole one.
  ///
  /// - Throws: `CorpusError.unwritable`.
  public static func write(_ skipped: [SkippedClip], to path: String) throws(CorpusError) {
    var text = "path\tlanguage\treason\n"
    for clip in skipped {
      let fields = [clip.path, clip.language, clip.reason].map(onOneLine)
      text += fields.joined(separator: "\t") + "\n"
    }
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.systemReason)
    }
  }

  private static func onOneLine(_ field: String) -> String {
    String(
      String.UnicodeScalarView(
        field.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }
}
