import Foundation

/// Where a checkpoint that is not there can be had: guessed from the name of its folder.
public struct BackboneSource: Sendable {
  /// Where the checkpoint should be.
  public let folder: String

  public init(folder: String) { self.folder = folder }

  /// The repository on the Hugging Face hub whose name the folder has; nil if the name says nothing.
  public var repository: String? {
    let name = URL(fileURLWithPath: folder).lastPathComponent
    let owners = [("whisper-", "openai"), ("mms-", "facebook"), ("wav2vec2-", "facebook")]
    return owners.first { name.hasPrefix($0.0) }.map { "\($0.1)/\(name)" }
  }

  /// The command that fetches the checkpoint.
  /// - Parameter files: those that are needed; all of them when empty.
  public func command(files: [String] = []) -> String {
    let what = ([repository ?? "OWNER/MODEL"] + files).joined(separator: " ")
    return "hf download \(what) --local-dir \(folder)"
  }
}
