import Foundation
import LinearAlgebra

/// `clip_durations.tsv` of a Common Voice folder (release 16.1 and later): how long each clip is, so
/// that clips can be chosen by length without opening any.
///
/// A clip is kept as a 64-bit hash of its name, 16 bytes for each of millions: that two names out of
/// four million share one has a chance of one in a million.
struct ClipDurations: Sendable {
  static let fileName = "clip_durations.tsv"

  /// Milliseconds, by the hash of the clip's name.
  private let milliseconds: [UInt64: UInt32]

  /// The durations of a folder; nil if it has no such file.
  /// - Throws: `CorpusError.unreadable`, `.missingColumn`.
  init?(folder: String) throws(CorpusError) {
    let path = folder + "/" + Self.fileName
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try BlockFile(path: path)
    let header = try file.firstLine()
    let names = header.map { ManifestFormat.tabs.names($0) } ?? []
    guard let clip = names.firstIndex(of: "clip") else {
      throw .missingColumn(path: path, column: "clip", found: names)
    }
    guard let duration = names.firstIndex(where: { $0.hasPrefix("duration") }) else {
      throw .missingColumn(path: path, column: "duration[ms]", found: names)
    }
    var milliseconds: [UInt64: UInt32] = [:]
    try unsafe file.forEachLine { line, offset in
      if offset > 0,  // past the header
        let name = unsafe CommonVoiceTable.cell(clip, of: line),
        let cell = unsafe CommonVoiceTable.cell(duration, of: line),
        let value = unsafe Self.number(cell)
      {
        milliseconds[unsafe Self.hash(name)] = value
      }
      return true
    }
    self.milliseconds = milliseconds
  }

  /// How long a clip is; nil if the file does not list it.
  func seconds(of clip: String) -> Double? {
    var clip = clip
    let hash = clip.withUTF8 { unsafe Self.hash(UnsafeRawBufferPointer($0)) }
    return milliseconds[hash].map { Double($0) / 1000 }
  }

  /// Whole milliseconds; nil for anything else.
  private static func number(_ cell: UnsafeRawBufferPointer) -> UInt32? {
    var value: UInt32 = 0
    for i in 0..<cell.count {
      let byte = unsafe cell[i]
      guard byte >= 0x30, byte <= 0x39, value < 400_000_000 else { return nil }
      value = value * 10 + UInt32(byte - 0x30)
    }
    return unsafe cell.isEmpty ? nil : value
  }

  /// FNV-1a, 64 bits, with a final mix (SplitMix64's), so that names alike in all but a digit spread.
  private static func hash(_ name: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for i in 0..<name.count {
      hash = (hash ^ UInt64(unsafe name[i])) &* 0x0000_0100_0000_01B3
    }
    var generator = SeededGenerator(seed: hash)
    return generator.next()
  }
}
