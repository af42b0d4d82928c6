import Synchronization

/// Digests of files that are asked for again and again: each is read once.
final class DigestMemory: Sendable {
  private let known: Mutex<[String?]>

  init(count: Int) { known = Mutex(Array(repeating: nil, count: count)) }

  func digest(of path: String, at index: Int) throws(DigestError) -> String {
    if let digest = known.withLock({ $0[index] }) { return digest }
    let digest = try SHA256Digest.hex(ofFile: path)
    known.withLock { $0[index] = digest }
    return digest
  }
}
