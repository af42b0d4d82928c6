import Embeddings
import Foundation

/// `Tests/Fixtures/common-voice`: a miniature corpus, and what is known of each of its rows.
struct CommonVoiceFixture: Decodable {
  struct Row: Decodable {
    let line: Int
    let path, clientID, sentence, accentsRaw: String
    let accents: [String]
    let ok: Bool
    let sampleRate, channels, decodedSamples: Int?
    let durationSeconds, rms16k, peak16k: Double?
    /// `missing`, `empty` or `corrupt`.
    let kind: String?

    enum CodingKeys: String, CodingKey {
      case line, path, sentence, accents, ok, channels, kind
      case clientID = "client_id"
      case accentsRaw = "accents_raw"
      case sampleRate = "sample_rate"
      case decodedSamples = "decoded_samples"
      case durationSeconds = "duration_seconds"
      case rms16k = "rms_16k"
      case peak16k = "peak_16k"
    }
  }

  let locales: [String: [Row]]

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/common-voice").path

  static func load() throws -> CommonVoiceFixture {
    let data = try Data(contentsOf: URL(fileURLWithPath: root + "/expected.json"))
    return try JSONDecoder().decode(CommonVoiceFixture.self, from: data)
  }

  static func clip(_ locale: String, _ name: String) -> String {
    "\(root)/\(locale)/clips/\(name)"
  }

  /// All five languages, every row: `samples` of each.
  static func config(samples: Int = 4) -> CorpusConfig {
    let languages = ["en", "hi", "id", "ms", "zh"].map { code in
      let folder = code == "zh" ? "zh-CN" : nil
      return (
        code,
        CorpusConfig.Language(accents: [
          .init(code: "any", columnName: "", overrideCode: folder)
        ])
      )
    }
    return CorpusConfig(
      root: root, languages: Dictionary(uniqueKeysWithValues: languages), samplesPerClass: samples,
      dataSeed: 8)
  }
}
