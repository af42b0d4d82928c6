import Embeddings
import Foundation

extension ProgressDisplay {
  /// Shows how far a pipeline is: what comes from the cache is done, but says nothing about the pace.
  func update(_ progress: EmbeddingProgress) {
    let hours = (progress.audioSeconds / 3600).formatted(.number.precision(.fractionLength(2)))
    let counts = [(progress.cached, "cached"), (progress.skipped, "skipped")]
    update(
      progress.done,
      pace: Pace(rate: progress.clipsPerSecond ?? 0, left: progress.remainingSeconds),
      note: (["\(hours) h of audio"] + counts.filter { $0.0 > 0 }.map { "\($0) \($1)" })
        .joined(separator: ", "))
  }
}
