import ArgumentParser
import Embeddings
import Evaluation
import Foundation
import LinearAlgebra
import TensorFiles

struct CacheExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a cache's embeddings as one matrix: safetensors or npy.",
    discussion: """
      FILE.safetensors gets `embeddings` (n, d) in float32, a row a clip sorted by digest; its \
      metadata has the clips' SHA-256 (a JSON list), the encoder and the preprocessing. FILE.npy \
      gets the matrix alone, and FILE.clips.txt beside it the digests, a line a row.
      """)

  @Argument(help: "The cache.")
  var cache: String

  @Option(name: .shortAndLong, help: "The file to write: .safetensors or .npy.")
  var output: String

  @Option(help: "The encoder whose identity begins so, where the cache has several.")
  var producer: String?

  @Option(help: "The preprocessing, where the cache has several.")
  var preprocessing: String?

  @OptionGroup var options: GlobalOptions

  private var format: String { URL(fileURLWithPath: output).pathExtension.lowercased() }

  func validate() throws {
    guard ["safetensors", "npy"].contains(format) else {
      throw ValidationError("--output \(output): .safetensors or .npy is needed")
    }
  }

  func run() throws {
    let console = options.start()
    let cache = try CacheCommand.open(cache, readOnly: true)
    let group = try choose(from: try cache.summary().groups)
    let start = ContinuousClock.now
    let found = try cache.embeddings(
      producer: group.producer, preprocessing: group.preprocessing)
    if cache.damagedCount > 0 {
      console.logger.warning("\(cache.damagedCount) damaged embeddings are left out")
    }
    let width = found.first?.embedding.vector.count ?? 0
    guard found.allSatisfy({ $0.embedding.vector.count == width }) else {
      throw CommandError(.badData, "\(self.cache): embeddings of \(group.producer) differ in width")
    }
    var floats: [Float] = []
    floats.reserveCapacity(found.count * width)
    for row in found { floats += row.embedding.vector }
    console.logger.debug("read in \((ContinuousClock.now - start).inSeconds) s")
    let clips = found.map(\.clip)
    if format == "npy" {
      try NPYWriter.write(
        NPYWriter.data(shape: [found.count, width], floats: floats), to: output)
      let list = URL(fileURLWithPath: output).deletingPathExtension().relativePath + ".clips.txt"
      do {
        try Data(clips.map { $0 + "\n" }.joined().utf8)
          .write(to: URL(fileURLWithPath: list), options: .atomic)
      } catch {
        throw CommandError(.inputOutput, "\(list): cannot be written: \(error.systemReason)")
      }
    } else {
      var file = SafetensorsWriter(metadata: [
        "clips": JSONValue.array(clips.map { .string($0) }).compact, "encoder": group.producer,
        "preprocessing": group.preprocessing,
      ])
      file.add("embeddings", shape: [found.count, width], floats: floats)
      try file.write(to: output)
    }
    console.result(
      "\(found.count) embeddings of width \(width) in \(output)",
      json: [
        "embeddings": .integer(found.count), "width": .integer(width), "output": .string(output),
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
