import ArgumentParser
import Embeddings
import Evaluation
import LinearAlgebra

struct CacheExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a cache's embeddings as one matrix: safetensors, npz or npy.",
    discussion: """
      FILE.safetensors gets `embeddings` (n, d) in float32, a row a clip sorted by digest; its \
      metadata has the clips' SHA-256 (a JSON list), the encoder and the preprocessing. FILE.npz gets \
      the same as arrays. FILE.npy gets the matrix alone, and FILE.clips.txt beside it the digests, a \
      line a row.

      --clips takes a run's split.jsonl: the rows are then its clips in its order, one --split of them \
      or all, with `labels` (n) and `languages`, so that `train --embeddings` or Python can train on \
      the file. The clips are read once, for their digests.
      """)

  @Argument(help: "The cache.")
  var cache: String

  @Option(name: .shortAndLong, help: "The file to write: .safetensors, .npz or .npy.")
  var output: String

  @Option(help: "The encoder whose identity begins so, where the cache has several.")
  var producer: String?

  @Option(help: "The preprocessing, where the cache has several.")
  var preprocessing: String?

  @Option(help: "The split.jsonl of a run: which clips, and their languages as labels.")
  var clips: String?

  @Option(
    help: "train, validation or test: only those of --clips.",
    transform: { text in
      guard let split = Split(rawValue: text) else {
        throw ValidationError("'\(text)' is no split: train, validation or test")
      }
      return split
    })
  var split: Split?

  @Option(help: "The folder of --clips' relative paths (default: corpus.root of its run).")
  var root: String?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard EmbeddingsOutput.Format(path: output) != nil else {
      throw ValidationError("--output \(output): .safetensors, .npz or .npy is needed")
    }
    guard clips != nil || (split == nil && root == nil) else {
      throw ValidationError("--split and --root go with --clips")
    }
  }

  func run() throws {
    let console = options.start()
    let cache = try CacheCommand.open(cache, readOnly: true)
    let group = try choose(from: try cache.summary().groups)
    let start = ContinuousClock.now
    let labelled = try clips.map { try ClipLabels(splitFile: $0, root: root, split: split) }
    let found = try cache.embeddings(
      producer: group.producer, preprocessing: group.preprocessing)
    if cache.damagedCount > 0 {
      console.logger.warning("\(cache.damagedCount) damaged embeddings are left out")
    }
    let width = found.first?.embedding.vector.count ?? 0
    guard found.allSatisfy({ $0.embedding.vector.count == width }) else {
      throw CommandError(
        .badData,
        "\(self.cache): embeddings of \(group.producer) differ in width; prune them and "
          + "embed again: cld-train embed --config FILE")
    }
    var rows = found.map { (clip: $0.clip, vector: $0.embedding.vector, language: "") }
    if let labelled {
      let vectors = Dictionary(
        rows.map { ($0.clip, $0.vector) }, uniquingKeysWith: { first, _ in first })
      rows = labelled.rows.compactMap { row in
        vectors[row.digest].map { (clip: row.digest, vector: $0, language: row.language) }
      }
      let missing = labelled.rows.count - rows.count
      guard !rows.isEmpty else {
        throw CommandError(
          .badData,
          "\(self.cache): has none of the clips of \(clips ?? ""); embed them first: "
            + "cld-train embed --config FILE")
      }
      if missing > 0 {
        console.logger.warning(
          "\(missing) clips of \(clips ?? "") have no embedding and are left out")
      }
    }
    var floats: [Float] = []
    floats.reserveCapacity(rows.count * width)
    for row in rows { floats += row.vector }
    console.logger.debug("read in \((ContinuousClock.now - start).inSeconds) s")
    try EmbeddingsOutput(
      elements: floats, rows: rows.count, width: width, names: ("clips", rows.map(\.clip)),
      labels: labelled.map { labels in
        rows.map { labels.languages.firstIndex(of: $0.language) ?? 0 }
      },
      languages: labelled?.languages,
      metadata: ["encoder": group.producer, "preprocessing": group.preprocessing]
    ).write(to: output)
    console.result(
      "\(rows.count) embeddings of width \(width) in \(output)",
      json: [
        "embeddings": .integer(rows.count), "width": .integer(width), "output": .string(output),
      ])
  }

  /// The one group of embeddings that is meant.
  private func choose(from groups: [CacheSummary.Group]) throws -> CacheSummary.Group {
    let fitting = groups.filter {
      $0.kind == .embeddings && $0.producer.hasPrefix(producer ?? "")
        && (preprocessing ?? $0.preprocessing) == $0.preprocessing
    }
    guard let group = fitting.first else {
      throw CommandError(
        .badData, "\(cache): has no such embeddings; `cache info` shows what it has")
    }
    guard fitting.count == 1 else {
      let choices = fitting.prefix(6).map { "\($0.producer) on \($0.preprocessing)" }
      throw CommandError(
        .badData,
        "\(cache): has \(fitting.count) sets of embeddings; choose with --producer and "
          + "--preprocessing: " + choices.joined(separator: "; "))
    }
    return group
  }
}
