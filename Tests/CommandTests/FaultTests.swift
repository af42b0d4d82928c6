import Evaluation
import Foundation
import GRDB
import LinearAlgebra
import TensorFiles
import TestFolders
import Testing

/// What can go wrong while a corpus is embedded: nothing that was done is lost, nothing is wrong.
@Suite struct FaultTests {
  private static let clips = 24

  private let folder: TemporaryFolder
  private let config: String

  /// A corpus of short tones in a manifest.
  init() throws {
    folder = try TemporaryFolder()
    try SpeechModel.writeShort(to: folder("model"))
    var manifest = "path\ttext\tspeaker\n"
    for i in 0..<Self.clips {
      manifest += "\(i).wav\t\ts\(i)\n"
      try folder.write("clips/\(i).wav", Self.wave(tone: 100 + 20 * i))
    }
    try folder.write("clips/list.tsv", manifest)
    config = try folder.write(
      "config.json",
      [
        "corpus": [
          "sources": ["own": ["files": [.string(folder("clips/list.tsv"))]]],
          "languages": ["en": ["accents": [["code": "any", "dataset": "own"]]]],
          "params": ["samples_per_class": .integer(Self.clips)],
        ],
        "encoder": ["path": "model"], "output": .string(folder("out")),
      ])
  }

  /// 16-bit mono wav at 16 kHz, a quarter of a second.
  private static func wave(tone frequency: Int) -> [UInt8] {
    func little(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    let samples = (0..<4000).flatMap {
      little(Int16(8000 * sin(2 * .pi * Double(frequency * $0) / 16_000)))
    }
    let format =
      little(UInt16(1)) + little(UInt16(1)) + little(UInt32(16_000))
      + little(UInt32(32_000)) + little(UInt16(2)) + little(UInt16(16))
    let body =
      Array("WAVEfmt ".utf8) + little(UInt32(16)) + format + Array("data".utf8)
      + little(UInt32(samples.count)) + samples
    return Array("RIFF".utf8) + little(UInt32(body.count)) + body
  }

  private func embed(cache: String, _ more: String...) -> [String] {
    ["embed", "--config", config, "--set", "cache=\(folder(cache))", "--quiet"] + more
  }

  /// All embeddings of a cache with their digests, from a file that it is exported to.
  private func embeddings(of cache: String) async throws -> (clips: String, bits: [UInt32]) {
    let output = folder(cache + ".safetensors")
    try expectSuccess(await cld("cache", "export", folder(cache), "-o", output))
    let file = try SafetensorsFile(path: output)
    return (file.metadata["clips"] ?? "", try file.floats("embeddings").map(\.bitPattern))
  }

  /// What an uninterrupted run gives: done once for all tests, whose clips are the same.
  private static let reference = Task {
    let suite = try FaultTests()
    try expectSuccess(await cld(suite.embed(cache: "reference.sqlite")))
    return try await suite.embeddings(of: "reference.sqlite")
  }

  private func expectSame(_ cache: String) async throws {
    let (reference, found) = (try await Self.reference.value, try await embeddings(of: cache))
    #expect(found.clips == reference.clips && found.bits == reference.bits)
    #expect(found.bits.count == Self.clips * SpeechModel.width)
  }

  /// Twenty times, at moments that nobody chose; then a run to the end. The seed is another each time, and
  /// an argument, so that every message tells it.
  @Test(arguments: [UInt64.random(in: .min ... .max)])
  func killedAtRandomMoments(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    var (killed, moments) = (0, [Int]())
    for _ in 0..<20 {
      await Turnstile.shared.enter()
      let process = try CLD(embed(cache: "killed.sqlite"))
      moments.append(20 + generator.below(431))
      try await Task.sleep(for: .milliseconds(moments.last ?? 0))
      process.send(SIGKILL)
      killed += try await process.outcome().wasKilled ? 1 : 0
      await Turnstile.shared.leave()
    }
    let last = try await cld(embed(cache: "killed.sqlite"))
    try expectSuccess(await cld("cache", "verify", folder("killed.sqlite")))
    #expect(killed > 0 && last.status == 0, "after \(moments) ms: \(last.error)")
    try await expectSame("killed.sqlite")
  }

  /// The cache's files reach their limit half way.
  @Test func diskFull() async throws {
    await Turnstile.shared.enter()
    let outcome = try await CLD(embed(cache: "full.sqlite"), fileLimit: 130).outcome()
    await Turnstile.shared.leave()
    expectRefusal(outcome, 74, naming: folder("full.sqlite"), "cannot be written")
    let info = try expectSuccess(await cld("cache", "info", folder("full.sqlite"), "--json"))
    guard case .array(let groups) = try json(info.output)["groups"] else {
      Issue.record("\(info.output)")
      return
    }
    let count = groups.first?["count"]?.double ?? 0
    #expect(count > 0 && count < Double(Self.clips), "\(count)")
    try expectSuccess(await cld(embed(cache: "full.sqlite")))
    try await expectSame("full.sqlite")
  }

  /// A cache that must not be written, in a folder that must not be: what it has is used, what it lacks
  /// is told, and it stays as it is.
  @Test(.enabled(if: CLD.canBeUnprivileged)) func readOnlyCache() async throws {
    let path = folder("readonly/cache.sqlite")
    try expectSuccess(await cld(embed(cache: "readonly/cache.sqlite")))
    let files = FileManager.default
    try files.createDirectory(atPath: folder("open"), withIntermediateDirectories: true)
    for (name, mode) in [("open", 0o777), ("readonly/cache.sqlite", 0o444), ("readonly", 0o555)] {
      try files.setAttributes([.posixPermissions: mode], ofItemAtPath: folder(name))
    }
    defer { try? files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder("readonly")) }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    func run(_ more: String...) async throws -> Outcome {
      await Turnstile.shared.enter()
      let process = try CLD(
        ["embed", "--config", config, "--quiet", "--json", "--output", folder("open/out")]
          + ["--set", "cache=\(path)"] + more, isUnprivileged: true)
      let outcome = try await process.outcome()
      await Turnstile.shared.leave()
      return outcome
    }
    let known = try expectSuccess(await run())
    #expect(try json(known.output)["cached"] == .integer(Self.clips))
    expectRefusal(
      try await run("--set", "encoder.level=upstream"), 74, naming: path, "it is read-only")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(try files.contentsOfDirectory(atPath: folder("readonly")) == ["cache.sqlite"])
  }

  @Test func twoProcessesOnOneCache() async throws {
    async let first = cld(embed(cache: "shared.sqlite"))
    async let second = cld(embed(cache: "shared.sqlite"))
    try expectSuccess(await first)
    try expectSuccess(await second)
    try await expectSame("shared.sqlite")
  }

  /// Three shards, each in a process of its own, joined: the same as one run.
  @Test func shardsJoined() async throws {
    for i in 1...3 { try expectSuccess(await cld(embed(cache: "c.sqlite", "--shard", "\(i)/3"))) }
    #expect(!exists(folder("c.sqlite")))
    #expect(exists(folder("out/skipped.shard-2-of-3.tsv")))
    let shards = (1...3).map { folder("c.shard-\($0)-of-3.sqlite") }
    let part = try expectSuccess(
      await cld(["cache", "merge", folder("c.sqlite")] + shards.dropLast()))
    #expect(part.error.contains("shards that are missing: 3/3"))
    let merged = try expectSuccess(
      await cld(["cache", "merge", folder("c.sqlite"), "--json"] + shards))
    #expect(try json(merged.output)["added"] == 8)
    let whole = try expectSuccess(await cld(embed(cache: "c.sqlite", "--json")))
    #expect(try json(whole.output)["cached"] == .integer(Self.clips))
    try await expectSame("c.sqlite")
    expectRefusal(
      try await cld("cache", "merge", folder("d.sqlite"), folder("none.sqlite")), 66,
      naming: folder("none.sqlite"))
  }

  /// Pages in the middle of the file are overwritten: it is told before anything is encoded, and the
  /// file stays as it is.
  @Test func corruptedFile() async throws {
    let path = folder("bad.sqlite")
    try expectSuccess(await cld(embed(cache: "bad.sqlite")))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let middle = 2 * 4096..<bytes.count
    bytes.replaceSubrange(middle, with: Data(repeating: 0xA5, count: middle.count))
    try bytes.write(to: URL(fileURLWithPath: path))
    expectRefusal(try await cld(embed(cache: "bad.sqlite")), 65, naming: path, "damaged")
    expectRefusal(try await cld("cache", "verify", path), 65, naming: path, "damaged")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    try FileManager.default.removeItem(atPath: path)
    try expectSuccess(await cld(embed(cache: "bad.sqlite")))

    // One page less: the others' values are saved, and only that page's are computed again.
    bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let page = bytes.count / 4096 / 2 * 4096
    bytes.replaceSubrange(page..<page + 300, with: Data(repeating: 0xA5, count: 300))
    try bytes.write(to: URL(fileURLWithPath: path))
    expectRefusal(
      try await cld("cache", "merge", folder("saved.sqlite"), path), 65, naming: path, "--salvage")
    let saved = try expectSuccess(
      await cld("cache", "merge", folder("saved.sqlite"), path, "--salvage", "--json"))
    let count = try #require(try json(saved.output)["added"]?.double)
    #expect(count > 0)
    let again = try expectSuccess(await cld(embed(cache: "saved.sqlite", "--json")))
    #expect(try json(again.output)["cached"] == .integer(Int(count)))
    try await expectSame("saved.sqlite")
  }

  /// One bit of one value: found, and computed again.
  @Test func damagedValue() async throws {
    let path = folder("bit.sqlite")
    try expectSuccess(await cld(embed(cache: "bit.sqlite")))
    try await DatabaseQueue(path: path).write {
      try $0.execute(
        sql: """
          UPDATE embeddings SET vector = CAST(substr(vector, 1, 9) || x'01' || substr(vector, 11) AS BLOB)
          WHERE rowid = 3
          """)
    }
    let verified = try await cld("cache", "verify", path, "--json")
    #expect(verified.status == 65 && verified.error.contains("damaged"))
    guard case .array(let damaged) = try json(verified.output)["damaged"] else { return }
    #expect(damaged.count == 1)
    let again = try expectSuccess(await cld(embed(cache: "bit.sqlite", "--json")))
    #expect(try json(again.output)["cached"] == .integer(Self.clips - 1))
    try await expectSame("bit.sqlite")
  }

  // MARK: The cache's commands

  @Test func looksAfterACache() async throws {
    let path = folder("a.sqlite")
    try expectSuccess(await cld(embed(cache: "a.sqlite")))
    let info = try expectSuccess(await cld("cache", "info", path))
    #expect(info.output.contains("whisper/") && info.output.contains("schema version 2"))

    let npy = folder("x.npy")
    try expectSuccess(await cld("cache", "export", path, "-o", npy))
    let (list, bits) = try await embeddings(of: "a.sqlite")
    #expect(try NPYFile(path: npy).floats().map(\.bitPattern) == bits)
    #expect(try NPYFile(path: npy).shape == [Self.clips, SpeechModel.width])
    let names = try text(of: folder("x.clips.txt")).split(separator: "\n").map(String.init)
    #expect(try json(list) == .array(names.map { .string($0) }))

    let dry = try expectSuccess(
      await cld("cache", "prune", path, "--producer", "whisper", "--dry-run"))
    #expect(dry.outputLines == ["\(Self.clips) values would be removed"])
    try expectSuccess(await cld("cache", "prune", path, "--producer", "whisper"))
    let empty = try expectSuccess(await cld("cache", "info", path, "--json"))
    #expect(try json(empty.output)["groups"] == .array([]))
    expectRefusal(
      try await cld("cache", "export", path, "-o", folder("y.npy")), 65, naming: path, "cache info")
    for command in ["info", "verify"] {
      expectRefusal(
        try await cld("cache", command, folder("none.sqlite")), 66, naming: folder("none.sqlite"))
    }
    #expect(!exists(folder("none.sqlite")))
    #expect(try await cld("cache", "prune", path).status == 64)
    #expect(try await cld("cache", "export", path, "-o", "x.txt").status == 64)
    #expect(try await cld(embed(cache: "a.sqlite", "--shard", "0/3")).status == 64)
  }
}
