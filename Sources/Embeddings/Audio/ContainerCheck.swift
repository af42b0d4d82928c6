/// Whether a file holds as much as its container says. libsndfile corrects the length of a wav file
/// that is cut off, and stops at a cut page of an Ogg file, without a word.
enum ContainerCheck {
  /// What is missing; nil if nothing is, or the container is one that is not looked into.
  static func damage(_ bytes: Span<UInt8>) -> String? {
    if has("RIFF", bytes, at: 0), has("WAVE", bytes, at: 8) { return damageOfWave(bytes) }
    if has("OggS", bytes, at: 0) { return damageOfOgg(bytes) }
    return nil
  }

  private static func damageOfWave(_ bytes: Span<UInt8>) -> String? {
    var position = 12
    while position + 8 <= bytes.count {
      let size = littleEndian(bytes, at: position + 4)
      if has("data", bytes, at: position) {
        // Who writes into a pipe does not know the length, and writes 0 or about the largest.
        let isKnown = size > 0 && size < 0x7FFF_0000
        let found = bytes.count - position - 8
        return isKnown && size > found
          ? "the header declares \(size) bytes, there are \(found)" : nil
      }
      position += 8 + size + size % 2
    }
    return "there is no sound after the header"
  }

  /// Pages follow each other, each with a table of its own segments (RFC 3533, §6).
  private static func damageOfOgg(_ bytes: Span<UInt8>) -> String? {
    var position = 0
    while has("OggS", bytes, at: position) {
      let table = position + 27
      guard table <= bytes.count else { return "the last page is cut off" }
      let segments = Int(bytes[position + 26])
      guard table + segments <= bytes.count else { return "the last page is cut off" }
      position = table + segments
      for i in table..<(table + segments) { position += Int(bytes[i]) }
      if position > bytes.count { return "the last page is cut off" }
    }
    return nil
  }

  static func has(_ mark: String, _ bytes: Span<UInt8>, at start: Int) -> Bool {
    let mark = Array(mark.utf8)
    guard start >= 0, start + mark.count <= bytes.count else { return false }
    for i in mark.indices where bytes[start + i] != mark[i] { return false }
    return true
  }

  static func littleEndian(_ bytes: Span<UInt8>, at start: Int) -> Int {
    var value = 0
    for i in (0..<4).reversed() { value = value << 8 | Int(bytes[start + i]) }
    return value
  }
}
