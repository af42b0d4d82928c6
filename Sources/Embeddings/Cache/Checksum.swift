import Foundation

/// The first 64 bits of SHA-256: notices any damage to a cached value.
enum Checksum {
  static func of(_ data: Data, _ text: String = "") -> Int64 {
    let digest = SHA256Digest.bytes(of: [data, Data(text.utf8)])
    return digest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
  }
}
