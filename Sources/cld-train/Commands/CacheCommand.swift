import ArgumentParser
import Embeddings
import Evaluation
import Foundation

struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Looks after caches: what is in one, whether it is whole, joining several.",
    subcommands: [
      CacheInfoCommand.self, CacheVerifyCommand.self, CachePruneCommand.self,
      CacheExportCommand.self, CacheMergeCommand.self,
    ])

  /// Opens a cache that must be there.
  static func open(_ path: String, readOnly: Bool) throws -> EmbeddingCache {
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandError(.missingInput, "\(path): no such file; `embed --config` makes a cache")
    }
    return try EmbeddingCache(path: path, readOnly: readOnly)
  }
}

struct CacheInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "What is in a cache, by encoder and preprocessing.")

  @Argument(help: "The cache.")
  var cache: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let summary = try CacheCommand.open(cache, readOnly: true).summary()
    var table = TextTable(
      header: ["Kind", "Producer", "Preprocessing", "Count", "Width", "Hours", "Computed h"],
      leading: 3)
    func hours(_ seconds: Double?) -> String {
      seconds.map { ($0 / 3600).formatted(.number.precision(.fractionLength(2))) } ?? ""
    }
    for group in summary.groups {
      table.rows.append([
        group.kind.rawValue, group.producer, group.preprocessing, "\(group.count)",
        group.dimension.map(String.init) ?? "", hours(group.audioSeconds), hours(group.seconds),
      ])
    }
    let shard = summary.properties["shard"].map { ", shard \($0)" } ?? ""
    let text =
      table.plain + "\(cache): \(summary.bytes) bytes, schema version \(summary.schema)\(shard)"
    console.result(
      text,
      json: [
        "path": .string(cache), "bytes": .integer(summary.bytes),
        "schema": .integer(summary.schema),
        "properties": .object(summary.properties.mapValues { .string($0) }),
        "groups": .array(
          summary.groups.map { group in
            [
              "kind": .string(group.kind.rawValue), "producer": .string(group.producer),
              "preprocessing": .string(group.preprocessing), "count": .integer(group.count),
              "dimension": group.dimension.map { .integer($0) } ?? .null,
              "seconds": .number(group.seconds),
              "audio_seconds": group.audioSeconds.map { .number($0) } ?? .null,
            ]
          }),
      ])
  }
}

struct CacheVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads a whole cache and checks every value.",
    discussion: """
      Exit status 65 if anything is damaged. A damaged value counts as absent and is computed again \
      by the next run; `cache prune --damaged` removes it.
      """)

  @Argument(help: "The cache.")
  var cache: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let check = try CacheCommand.open(cache, readOnly: true).verify()
    for problem in check.structure + check.damaged { console.logger.error("\(problem)") }
    console.result(
      "\(check.checked) values checked, \(check.damaged.count) damaged",
      json: [
        "checked": .integer(check.checked),
        "damaged": .array(check.damaged.map { .string($0) }),
        "structure": .array(check.structure.map { .string($0) }),
      ])
    if !check.isSound {
      throw CommandError(.badData, "\(cache): damaged; the next run computes anew what is missing")
    }
  }
}

extension CacheKind: ExpressibleByArgument {}

struct CachePruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Removes values from a cache, and gives their space back.",
    discussion: "Conditions are combined: a value is removed when all that are given hold.")

  @Argument(help: "The cache.")
  var cache: String

  @Option(help: "Values of encoders, detectors or transcribers whose identity begins so.")
  var producer: String?

  @Option(help: "Values of clips that were prepared so; `cache info` shows how.")
  var preprocessing: String?

  @Option(help: "embeddings, detections or transcripts.")
  var kind: CacheKind?

  @Flag(help: "Only values that are damaged.")
  var damaged = false

  @Flag(name: .customLong("dry-run"), help: "Count, and remove nothing.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if producer == nil, preprocessing == nil, kind == nil, !damaged {
      throw ValidationError(
        "prune needs --producer, --preprocessing, --kind or --damaged; to remove all, delete the file"
      )
    }
  }

  func run() throws {
    let console = options.start()
    let count = try CacheCommand.open(cache, readOnly: dryRun).prune(
      CachePruning(
        producer: producer, preprocessing: preprocessing, kind: kind, onlyDamaged: damaged),
      dryRun: dryRun)
    console.result(
      "\(count) values \(dryRun ? "would be removed" : "removed")",
      json: ["values": .integer(count), "dry_run": .bool(dryRun)])
  }
}

struct CacheMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Takes over all values of other caches, such as the shards of a corpus.",
    discussion: """
      All or nothing. Inputs must have embeddings of the same encoders and preprocessing, and if they \
      are shards, be shards of the same clips; a value that differs from the one that is there is \
      refused. Shards that are missing are named. The inputs stay as they are.

      A damaged input is refused; with --salvage every value that can still be read is taken of it.
      """)

  @Argument(help: "The cache that is merged into; it is made if it is not there.")
  var cache: String

  @Argument(help: "The caches whose values are taken over.")
  var inputs: [String]

  @Flag(help: "Take inputs of different encoders, preprocessing or clips, too.")
  var mixed = false

  @Flag(
    name: .customLong("keep-own"),
    help: "Where a value differs from the one that is there, keep that one.")
  var keepsOwn = false

  @Flag(help: "Take what can be read of damaged caches, whatever their clips and encoders are.")
  var salvage = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    for input in inputs where !FileManager.default.fileExists(atPath: input) {
      throw CommandError(
        .missingInput, "\(input): does not exist; embed first (cld-train embed --config FILE)")
    }
    let target = try EmbeddingCache(path: cache)
    let result =
      salvage
      ? try salvaged(into: target)
      : try target.merge(inputs, mixed: mixed, keepsOwn: keepsOwn)
    if result.damaged > 0 {
      console.logger.warning(
        "\(result.damaged) damaged values were left out; the next run computes them again")
    }
    let missing = result.missingShards.map(\.description)
    if !missing.isEmpty {
      console.logger.warning("shards that are missing: \(missing.joined(separator: ", "))")
    }
    console.result(
      "\(result.added) values added to \(cache), \(result.present) were there",
      json: [
        "added": .integer(result.added), "present": .integer(result.present),
        "damaged": .integer(result.damaged),
        "missing_shards": .array(missing.map { .string($0) }), "cache": .string(cache),
      ])
  }

  private func salvaged(into target: EmbeddingCache) throws -> CacheMerge {
    var sum = CacheMerge()
    for input in inputs {
      let part = try target.salvage(input, keepsOwn: keepsOwn)
      sum.added += part.added
      sum.present += part.present
      sum.damaged += part.damaged
    }
    return sum
  }
}
