import Foundation

/// One part of a corpus out of several, for one machine out of several: `i/n`, from `1/n` to `n/n`.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
  /// From 1.
  public let index: Int
  /// How many parts there are: `index` or more.
  public let count: Int

  /// Nil unless 1 ≤ index ≤ count.
  public init?(index: Int, count: Int) {
    guard count >= 1, (1...count).contains(index) else { return nil }
    (self.index, self.count) = (index, count)
  }

  /// Nil for a text that is not `i/n` with 1 ≤ i ≤ n.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(index: index, count: count)
  }

  public var description: String { "\(index)/\(count)" }

  /// Every n-th clip, from the i-th on. The shards of a list are disjoint, together they are the list,
  /// their sizes differ by one at most, and each has its share of every language.
  public func clips(of all: [Clip]) -> [Clip] {
    stride(from: index - 1, to: all.count, by: count).map { all[$0] }
  }

  /// The file of this shard beside a whole one: `cache.sqlite` → `cache.shard-2-of-8.sqlite`.
  public func path(for path: String) -> String {
    let url = URL(fileURLWithPath: path)
    let name = url.deletingPathExtension().lastPathComponent
    let suffix = url.pathExtension.isEmpty ? "" : "." + url.pathExtension
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return "\(folder)\(name).shard-\(index)-of-\(count)\(suffix)"
  }

  /// What shards of one list have in common: a digest of its paths, in their order.
  public static func digest(of clips: [Clip]) -> String {
    SHA256Digest.hex(of: Array(clips.map(\.path).joined(separator: "\n").utf8))
  }
}
