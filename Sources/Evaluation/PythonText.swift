/// Text as Python's `str` sees it: Unicode scalars, and the white space of `str.strip` and of `\s`.
///
/// Swift's own `String` compares canonical equivalents as equal and counts grapheme clusters; error
/// rates are counted in neither way, so everything here works on scalar values.
enum PythonText {
  /// Whether Python's `str.isspace`, `str.strip` and the `\s` of a `str` pattern take the scalar
  /// for white space. The three agree on exactly these 29 scalars (Unicode bidirectional class WS,
  /// B or S, or category Zs; Python 3.11, Unicode 14).
  static func isSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0D,  // tab, line feed, vertical tab, form feed, carriage return
      0x1C...0x1F,  // the separators of files, groups, records and units
      0x20, 0x85, 0xA0, 0x1680,
      0x2000...0x200A,  // en quad … hair space; the zero-width U+200B is none
      0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
      true
    default: false
    }
  }

  /// The scalars of `text` without the white space at its ends: `str.strip()`.
  static func strippedScalars(_ text: String) -> ArraySlice<UInt32> {
    stripped(text.unicodeScalars.map(\.value)[...])
  }

  /// The words of `text`: every run of two or more white-space scalars becomes one space, the ends
  /// are stripped, and only U+0020 separates, so that a lone tab or U+3000 is part of a word.
  static func words(_ text: String) -> [ArraySlice<UInt32>] {
    var collapsed: [UInt32] = []
    var run = 0  // white-space scalars since the last other one
    for scalar in text.unicodeScalars {
      let value = scalar.value
      guard isSpace(value) else {
        run = 0
        collapsed.append(value)
        continue
      }
      run += 1
      switch run {
      case 1: collapsed.append(value)
      case 2: collapsed[collapsed.count - 1] = 0x20
      default: break
      }
    }
    return stripped(collapsed[...]).split(separator: 0x20)
  }

  private static func stripped(_ scalars: ArraySlice<UInt32>) -> ArraySlice<UInt32> {
    guard let first = scalars.firstIndex(where: { !isSpace($0) }),
      let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return [] }
    return scalars[first...last]
  }
}
