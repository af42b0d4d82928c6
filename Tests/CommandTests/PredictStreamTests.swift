import Evaluation
import Foundation
import TestFolders
import Testing

/// `predict -`: requests from standard input, each answered before the next is sent.
@Suite(.finishedRun) struct PredictStreamTests {
  private let run: FinishedRun.Result
  private let clip = fixture("common-voice/id/clips/common_voice_id_14352456.mp3")
  private let folder: TemporaryFolder

  init() throws {
    run = try FinishedRun.result()
    folder = try TemporaryFolder()
  }

  private func start(_ arguments: String..., input: Pipe) throws -> CLD {
    try CLD(
      ["predict", "--head", run.head, "--model", run.model, "--no-transcribe"] + arguments + ["-"],
      input: input)
  }

  /// Waits for the n-th line of the answers.
  private func line(_ n: Int, of process: CLD) async throws -> JSONValue {
    for _ in 0..<6000 {
      let lines = process.outputSoFar.split(separator: "\n", omittingEmptySubsequences: false)
      if lines.count > n + 1 { return try json(String(lines[n])) }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw NoAnswer(n: n)
  }

  private struct NoAnswer: Error {
    let n: Int
  }

  /// One second of a tone, as 16-bit integers and as floats.
  private let tone = (0..<16_000).map { Float(sin(Double($0) * 0.2)) * 0.25 }
  private var integers: Data { bytes(tone.map { Int16(($0 * 32_768).rounded(.towardZero)) }) }
  /// The values that the integers stand for.
  private var floats: Data {
    bytes(tone.map { Float(Int16(($0 * 32_768).rounded(.towardZero))) / 32_768 })
  }

  @Test func requestsAreAnsweredOneByOne() async throws {
    let input = Pipe()
    let process = try start(input: input)
    let writer = input.fileHandleForWriting
    func send(_ text: String) throws { try writer.write(contentsOf: Data(text.utf8)) }

    try send(clip + "\n")
    let first = try await line(0, of: process)
    #expect(first["path"]?.string == clip)
    let alone = try await cld(
      "predict", "--head", run.head, "--model", run.model, "--no-transcribe", clip)
    #expect(try json(alone.output) == first)

    try send("{\"path\": \"\(clip)\", \"id\": 7}\r\n")
    let second = try await line(1, of: process)
    #expect(second["id"] == 7 && second["logits"] == first["logits"])

    try send("\n/no/such/file.wav\n")
    #expect(try await line(2, of: process)["error"]?.string?.contains("cannot be read") == true)

    // Samples right after their line, then the next line right after them.
    try send("{\"pcm\": \"s16le\", \"samples\": 16000, \"id\": \"a\"}\n")
    try writer.write(contentsOf: integers)
    try send("{\"pcm\": \"f32le\", \"samples\": 16000, \"id\": [1]}\n")
    try writer.write(contentsOf: floats)
    let third = try await line(3, of: process)
    let fourth = try await line(4, of: process)
    #expect(third["id"] == "a" && fourth["id"] == [1])
    #expect(third["seconds"] == 1 && third["path"] == nil)
    #expect(third["logits"] != nil && third["logits"] == fourth["logits"])

    try send("{\"pcm\": 1\n")
    #expect(try await line(5, of: process)["error"]?.string?.contains("JSON") == true)
    try writer.close()
    let outcome = try await process.outcome()
    #expect(outcome.status == 65)
    #expect(
      outcome.error
        == "cld-train: error: 2 of 6 clips were not answered; their lines say why ('error')\n")
  }

  @Test func rawSamplesInWindows() async throws {
    let input = Pipe()
    let process = try start("--pcm", "s16le", "--window", "0.5", input: input)
    try input.fileHandleForWriting.write(contentsOf: integers + integers.prefix(1000))
    try input.fileHandleForWriting.close()
    let outcome = try await process.outcome()
    let lines = try outcome.outputLines.map { try json($0) }
    #expect(lines.map { $0["start"]?.double } == [0, 0.5, 1])
    #expect(lines.map { $0["seconds"]?.double } == [0.5, 0.5, 0.03125])
    #expect(lines[0]["language"] != nil)
    #expect(outcome.status == (lines[2]["error"] == nil ? 0 : 65))
  }

  @Test func whatCannotBeAnswered() async throws {
    for (request, status) in [
      ("{\"pcm\": \"mp3\", \"samples\": 4}\n", Int32(65)),
      ("{\"pcm\": \"s16le\", \"samples\": 1152921504606846976}\n", 65),
      ("{\"pcm\": \"s16le\", \"samples\": 800}\nabc", 65),
      (String(repeating: "a", count: 70_000), 65), ("", 0),
    ] {
      let input = Pipe()
      let process = try start(input: input)
      try input.fileHandleForWriting.write(contentsOf: Data(request.utf8))
      try input.fileHandleForWriting.close()
      let outcome = try await process.outcome()
      #expect(outcome.status == status, "\(request.prefix(60)): \(outcome.error)")
      #expect(outcome.error.split(separator: "\n").count == (status == 0 ? 0 : 1))
    }
    #expect(try await cld("predict", "--model", run.model, "-", clip).status == 64)
    #expect(try await cld("predict", "--model", run.model, "--pcm", "s16le", clip).status == 64)
    #expect(try await cld("predict", "--model", run.model, "--window", "2", "-").status == 64)
  }

  /// Ctrl-C while waiting for a request.
  @Test func interruption() async throws {
    let input = Pipe()
    let process = try start(input: input)
    try input.fileHandleForWriting.write(contentsOf: Data((clip + "\n").utf8))
    _ = try await line(0, of: process)
    process.send(SIGINT)
    let outcome = try await process.outcome(within: .seconds(20))
    #expect(outcome.status == 130)
    try input.fileHandleForWriting.close()
  }
}
