import Foundation

extension BackboneSource {
  private var name: String { URL(fileURLWithPath: folder).lastPathComponent }

  /// The files of the repository that are used, where it has many more: mms-1b-all has over a
  /// thousand adapters of 9 MB, and most repositories repeat the weights in other formats. Empty: all.
  /// - Parameters:
  ///   - languages: those that text is wanted in.
  ///   - adapters: languages whose adapter is not that of `MMSLanguages.adapters`.
  public func files(languages: [String] = [], adapters: [String: String] = [:]) -> [String] {
    guard name.hasPrefix("mms-") else { return [] }
    var files = ["config.json", "preprocessor_config.json", "model.safetensors"]
    guard name.hasPrefix("mms-1b-") else { return files }
    files += ["tokenizer_config.json", "special_tokens_map.json", "vocab.json"]
    let table = MMSLanguages.adapters.merging(adapters) { $1 }
    files += languages.sorted().map { "adapter.\(table[$0] ?? $0).safetensors" }
    return files
  }

  /// What the checkpoint's licence forbids; nil where nothing is known of it.
  public var licence: String? {
    name.hasPrefix("mms-") ? "CC-BY-NC 4.0, no commercial use" : nil
  }
}
