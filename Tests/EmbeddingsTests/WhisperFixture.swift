import Foundation
import LinearAlgebra
import TensorFiles
import Testing

@testable import Embeddings

/// `Tests/Fixtures/whisper-tiny-random`: a Whisper of random weights and what transformers computes
/// with it. Its README says how each number was made and how close a float32 port comes.
struct WhisperFixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/whisper-tiny-random").path
  static let modelFolder = folder + "/model"

  /// Loaded once; tests of one clip share what the model remembers of it.
  static let shared = Result { try WhisperFixture() }

  let model: WhisperModel
  let tensors: SafetensorsFile
  let expected: Expected
  let waveform: Waveform

  struct Expected: Decodable {
    let detectedLanguageId: Int
    let sequences: [Sequence]
    let decodeCases: [DecodeCase]
    let samples: Int

    struct Sequence: Decodable {
      let prompt: [Int]
      let repetitionPenalty: Float
      let tokens: [Int]
      let text: String
    }

    struct DecodeCase: Decodable {
      let ids: [Int]
      let text, textNoCleanup, textWithSpecial: String
    }
  }

  init() throws {
    model = try WhisperModel(folder: Self.modelFolder)
    tensors = try SafetensorsFile(path: Self.folder + "/expected.safetensors")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    expected = try decoder.decode(
      Expected.self, from: Data(contentsOf: URL(fileURLWithPath: Self.folder + "/expected.json")))
    // 16-bit samples after a header of 44 bytes.
    let wav = try Data(contentsOf: URL(fileURLWithPath: Self.folder + "/audio.wav"))
    let bytes = [UInt8](wav.dropFirst(44))
    waveform = Waveform(
      samples: stride(from: 0, to: bytes.count - 1, by: 2).map {
        Float(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)) / 32768
      })
    try #require(waveform.samples.count == expected.samples)
  }
}

/// The largest absolute difference; infinite if the counts differ or one is not a number.
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  guard a.count == b.count else { return .infinity }
  var largest: Float = 0
  for (x, y) in zip(a, b) {
    guard abs(x - y) <= .greatestFiniteMagnitude else { return .infinity }
    largest = max(largest, abs(x - y))
  }
  return largest
}
