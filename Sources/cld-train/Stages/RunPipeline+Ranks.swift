import Cronos
import Embeddings
import Foundation

extension RunPipeline {
  /// Writes `skipped.tsv` of all ranks: `own` are those that this one knows of, of which those that nobody
  /// opened are the same on all.
  func writeSkipped(_ own: [SkippedClip]) throws {
    let encoder = JSONEncoder()
    let rows = own.map { [$0.path, $0.language, $0.reason] }
    let texts = ranks.texts(String(decoding: try encoder.encode(rows), as: UTF8.self))
    guard ranks.isRoot else { return }
    var known: Set<[String]> = []
    var skipped: [SkippedClip] = []
    for text in texts {
      for row in try JSONDecoder().decode([[String]].self, from: Data(text.utf8))
      where known.insert(row).inserted {
        skipped.append(SkippedClip(path: row[0], language: row[1], reason: row[2]))
      }
    }
    try SkippedTable.write(skipped, to: folder.path("skipped.tsv"))
  }
}
