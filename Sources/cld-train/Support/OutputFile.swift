import Foundation
import TensorFiles

/// Files that a command writes.
enum OutputFile {
  /// Writes a whole file in one step: never half of one.
  /// - Throws: `CommandError`.
  static func write(_ data: Data, to path: String) throws(CommandError) {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw CommandError(.inputOutput, "\(path): cannot be written: \(error.systemReason)")
    }
  }

  /// Writes a whole file in one step.
  /// - Throws: `CommandError`.
  static func write(_ text: String, to path: String) throws(CommandError) {
    try write(Data(text.utf8), to: path)
  }
}
