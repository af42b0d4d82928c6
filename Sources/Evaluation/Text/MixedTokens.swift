/// The units of the mixed error rate, which languages written without spaces need: each Han, Hiragana,
/// Katakana, Thai, Lao, Khmer or Burmese scalar is a unit of its own, and what stands between them is
/// parted into words at spaces, as `PythonText.words` does. For other scripts it is the WER.
enum MixedTokens {
  /// The units of words; nil where every word is a unit.
  static func of(_ words: [ArraySlice<UInt32>]) -> [ArraySlice<UInt32>]? {
    guard words.contains(where: { $0.contains(where: standsAlone) }) else { return nil }
    return words.flatMap { word -> [ArraySlice<UInt32>] in
      var units: [ArraySlice<UInt32>] = []
      var start = word.startIndex
      for i in word.indices where standsAlone(word[i]) {
        if start < i { units.append(word[start..<i]) }
        units.append(word[i...i])
        start = i + 1
      }
      if start < word.endIndex { units.append(word[start...]) }
      return units
    }
  }

  private static func standsAlone(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x0E00...0x0EFF,  // Thai, Lao
      0x1000...0x109F,  // Burmese
      0x1780...0x17FF,  // Khmer
      0x3005...0x3007, 0x3040...0x30FF, 0x31F0...0x31FF,  // iteration marks, kana
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,  // Han
      0x20000...0x323AF:
      true
    default: false
    }
  }
}
