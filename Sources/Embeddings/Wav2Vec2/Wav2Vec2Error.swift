import Foundation

/// What a wav2vec 2.0 checkpoint cannot be asked for.
public enum Wav2Vec2Error: Error, Equatable, CustomStringConvertible {
  /// No file has the language's adapter.
  case noAdapter(language: String, file: String, available: [String])

  /// Names of adapters that a message lists: mms-1b-all has over a thousand.
  private static let listed = 30

  private static func command(_ file: String) -> String {
    let url = URL(fileURLWithPath: file)
    return BackboneSource(folder: (file as NSString).deletingLastPathComponent)
      .command(files: [url.lastPathComponent])
  }

  public var description: String {
    switch self {
    case .noAdapter(let language, let file, let available):
      let rest = available.count - Self.listed
      let names = available.prefix(Self.listed).joined(separator: ", ")
      return "\(file): no such file, so no text in '\(language)'; adapters there: "
        + (available.isEmpty ? "none" : names) + (rest > 0 ? " and \(rest) more" : "")
        + "; get it (\(Self.command(file))) or name another in encoder.adapters"
    }
  }
}
