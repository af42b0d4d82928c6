import Foundation

/// What is done to references and hypotheses before edits are counted.
public enum TextNormaliser: String, Sendable, CaseIterable, Codable {
  /// Nothing, as in the paper.
  case none
  /// Lower case, punctuation left out: every scalar of the Unicode categories P becomes nothing, but
  /// a space between two letters or digits that it parted, save for apostrophes.
  case lowerPunctuation = "lower-punctuation"
  /// Unicode's compatibility composition (NFKC) alone.
  case nfkc
  /// What Whisper's `BasicTextNormalizer` does, with its defaults: lower case; text in brackets left
  /// out; NFKC; marks, symbols and punctuation (categories M, S, P) become spaces; runs of white
  /// space become one space.
  case whisperBasic = "whisper-basic"

  /// For tables.
  public var title: String {
    switch self {
    case .none: "as written"
    case .lowerPunctuation: "lower case, no punctuation"
    case .nfkc: "Unicode NFKC"
    case .whisperBasic: "Whisper's basic normaliser"
    }
  }

  /// What is compared in place of the text.
  public func callAsFunction(_ text: String) -> String {
    switch self {
    case .none: text
    case .nfkc: text.precomposedStringWithCompatibilityMapping
    case .lowerPunctuation: Self.withoutPunctuation(text.lowercased())
    case .whisperBasic: Self.whisperBasic(text)
    }
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }

  private static func isMarkOrSymbol(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .mathSymbol, .currencySymbol,
      .modifierSymbol, .otherSymbol:
      true
    default: false
    }
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { PythonText.isSpace(scalar.value) }

  private static func withoutPunctuation(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    for (i, scalar) in scalars.enumerated() {
      guard isPunctuation(scalar) else {
        result.append(scalar)
        continue
      }
      let apostrophe = scalar == "'" || scalar == "\u{2019}"
      let parts =
        i > 0 && i + 1 < scalars.count && !isSpace(scalars[i - 1]) && !isSpace(scalars[i + 1])
      if parts, !apostrophe { result.append(" ") }
    }
    return collapsed(result)
  }

  private static func whisperBasic(_ text: String) -> String {
    var scalars = Array(text.lowercased().unicodeScalars)
    // `<` and `[` may each be closed by `>` or `]`.
    leaveOut(from: ["<", "["], to: [">", "]"], atLeast: 0, in: &scalars)
    leaveOut(from: ["("], to: [")"], atLeast: 1, in: &scalars)
    var kept = String.UnicodeScalarView()
    kept.append(contentsOf: scalars)
    var result = String.UnicodeScalarView()
    for scalar in String(kept).precomposedStringWithCompatibilityMapping.unicodeScalars {
      result.append(isPunctuation(scalar) || isMarkOrSymbol(scalar) ? " " : scalar)
    }
    return collapsed(result).lowercased()
  }

  /// Leaves out what stands between brackets, with them, where at least so many scalars do.
  private static func leaveOut(
    from open: Set<Unicode.Scalar>, to close: Set<Unicode.Scalar>, atLeast least: Int,
    in scalars: inout [Unicode.Scalar]
  ) {
    var kept: [Unicode.Scalar] = []
    var i = 0
    while i < scalars.count {
      if open.contains(scalars[i]),
        let end = scalars[(i + 1)...].firstIndex(where: { close.contains($0) }), end > i + least
      {
        i = end + 1
      } else {
        kept.append(scalars[i])
        i += 1
      }
    }
    scalars = kept
  }

  /// Every run of white space as one space.
  private static func collapsed(_ scalars: String.UnicodeScalarView) -> String {
    var result = String.UnicodeScalarView()
    var inSpace = false
    for scalar in scalars {
      if !isSpace(scalar) { result.append(scalar) } else if !inSpace { result.append(" ") }
      inSpace = isSpace(scalar)
    }
    return String(result)
  }
}
