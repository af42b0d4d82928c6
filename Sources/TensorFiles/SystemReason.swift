import Foundation

extension Error {
  /// What the operating system says: Foundation's own text for a failed read or write leads with a
  /// general sentence, and often has nothing but an error number after it.
  package var systemReason: String {
    let cause = (self as? CocoaError)?.underlying ?? self
    let text = cause.localizedDescription
    let general = "The operation could not be completed. "
    return text.hasPrefix(general) ? String(text.dropFirst(general.count)) : text
  }
}
