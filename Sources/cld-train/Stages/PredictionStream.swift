import Embeddings
import Evaluation
import Foundation

/// Answers clips as they are asked for, one JSON line each, written through at once.
struct PredictionStream {
  let predictor: ClipPredictor
  let console: Console
  private(set) var answered = 0
  private(set) var failures = 0

  /// The longest clip that a request may send, in seconds: an hour.
  private static let longestClip = 3600

  init(_ predictor: ClipPredictor, console: Console) {
    (self.predictor, self.console) = (predictor, console)
  }

  // MARK: What is answered

  /// A file.
  mutating func answer(path: String, id: JSONValue? = nil) throws {
    try answer(["path": .string(path)], id) { try ClipReader.read(path) }
  }

  /// What standard input asks for, until it ends. A line is the name of a file, or a JSON object:
  /// `{"path": …}`, or `{"pcm": "s16le", "samples": n}` with so many samples after the line. What
  /// `id` holds comes back in the answer.
  mutating func answerRequests(_ input: inout StandardInput) throws {
    while let line = try input.line() {
      if line.isEmpty { continue }
      guard line.hasPrefix("{") else {
        try answer(path: line)
        continue
      }
      guard let request = try? JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)) else {
        fail([:], nil, "the line begins as JSON and is none")
        continue
      }
      let id = request["id"]
      switch (request["path"], request["pcm"]) {
      case (.string(let path)?, nil): try answer(path: path, id: id)
      case (nil, .string(let name)?):
        guard let format = PCMFormat(rawValue: name),
          case .integer(let samples)? = request["samples"],
          (1...(Self.longestClip * Waveform.sampleRate)).contains(samples)
        else {
          // Where the next line begins cannot be known.
          throw CommandError(
            .badData,
            "standard input: a request for pcm needs s16le or f32le, and samples up to an hour")
        }
        let bytes = try input.bytes(samples * format.width)
        try answer(bytes, format, [:], id, expected: samples)
      default: fail([:], id, "a request needs either 'path' or 'pcm' and 'samples'")
      }
    }
  }

  /// Raw samples from standard input, cut into windows; without a length, all of them are one clip.
  mutating func answerPCM(
    _ input: inout StandardInput, _ format: PCMFormat, window seconds: Double?
  ) throws {
    let longest = Self.longestClip * Waveform.sampleRate
    let window = seconds.map { Int(($0 * Double(Waveform.sampleRate)).rounded()) } ?? longest
    var start = 0
    while true {
      let bytes = try input.bytes(window * format.width)
      guard !bytes.isEmpty else { break }
      // A longer recording than one clip may have is many clips, and says so by its starts.
      try answer(
        bytes, format, ["start": .number(Double(start) / Double(Waveform.sampleRate))], nil)
      start += bytes.count / format.width
    }
  }

  // MARK: How

  private mutating func answer(
    _ bytes: [UInt8], _ format: PCMFormat, _ line: [String: JSONValue], _ id: JSONValue?,
    expected: Int? = nil
  ) throws {
    var line = line
    let count = bytes.count / format.width
    line["seconds"] = .number(Double(count) / Double(Waveform.sampleRate))
    if let expected, count < expected {
      return fail(line, id, "the input ends after \(count) of \(expected) samples")
    }
    guard bytes.count.isMultiple(of: format.width), let samples = format.samples(bytes) else {
      return fail(line, id, "the samples are not \(format.rawValue)")
    }
    guard count >= AudioFile.fewestSamples else {
      return fail(
        line, id, "too short: \(count) samples at 16 kHz, \(AudioFile.fewestSamples) are needed")
    }
    try answer(line, id) { Waveform(samples: samples) }
  }

  private mutating func answer(
    _ line: [String: JSONValue], _ id: JSONValue?, _ waveform: () throws -> Waveform
  ) throws {
    guard !InterruptFlag.isRaised else { throw Interrupted(advice: "the other clips are left") }
    do {
      let answer = try predictor.answer(try waveform())
      write(line.merging(answer) { $1 }, id)
    } catch let error as AudioError {
      fail(line, id, error.reason)
    } catch let error as ClipError {
      fail(line, id, error.description)
    }
  }

  private mutating func fail(_ line: [String: JSONValue], _ id: JSONValue?, _ reason: String) {
    failures += 1
    write(line.merging(["error": .string(reason)]) { $1 }, id)
  }

  private mutating func write(_ line: [String: JSONValue], _ id: JSONValue?) {
    answered += 1
    var line = line
    line["id"] = id
    console.result(JSONValue.object(line).compact)
    // Whoever asked waits for the answer: it must not stay in a buffer.
    _ = fflush(nil)
  }
}
