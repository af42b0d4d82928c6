/// Takes the `accents` cell of a Common Voice table apart.
///
/// Up to release 21 several accents are separated by commas, later by `|`, and accent names have
/// commas of their own: "India and South Asia (India, Pakistan, Sri Lanka)".
public struct AccentList: Sendable {
  /// How a cell is taken apart.
  public enum Rule: String, Sendable, CaseIterable {
    /// Known names are taken whole; otherwise `|` and `,` separate, except inside round brackets.
    case names
    /// Every comma separates, and nothing else, as upstream has it: names with commas never match.
    case commas
  }

  private let rule: Rule
  /// UTF-8 of the known names, the longest first, so that a name wins over its own beginning.
  private let known: [[UInt8]]

  /// - Parameters:
  ///   - knownNames: accents looked for, such as a config's `column_name`s.
  ///   - rule: how a cell is taken apart.
  public init(knownNames: some Sequence<String> = [], rule: Rule = .names) {
    self.rule = rule
    known = Set(knownNames).filter { !$0.isEmpty }.map { Array($0.utf8) }
      .sorted { $0.count > $1.count }
  }

  /// The accents of a cell, trimmed of spaces, without empty ones; none for an empty cell.
  public func split(_ cell: String) -> [String] {
    let cell = Array(cell.utf8)
    var accents: [String] = []
    var start = 0
    while start < cell.count {
      let end =
        rule == .names ? endOfName(in: cell, from: start) : endAtComma(in: cell, from: start)
      let name = trimmed(cell[start..<end])
      if !name.isEmpty { accents.append(String(decoding: name, as: UTF8.self)) }
      start = end + 1  // past the separator
    }
    return accents
  }

  private func endAtComma(in cell: [UInt8], from start: Int) -> Int {
    cell[start...].firstIndex(of: comma) ?? cell.count
  }

  /// Where the name that begins at `start` ends: at a separator, or at the end of the cell.
  private func endOfName(in cell: [UInt8], from start: Int) -> Int {
    let first = cell[start...].firstIndex { $0 != space } ?? cell.count
    for name in known where cell[first...].starts(with: name) {
      let end = cell[(first + name.count)...].firstIndex { $0 != space } ?? cell.count
      if end == cell.count || cell[end] == comma || cell[end] == bar { return end }
    }
    var i = first
    while i < cell.count {
      switch cell[i] {
      case comma, bar: return i
      case UInt8(ascii: "("): i = endOfBrackets(in: cell, from: i) ?? i + 1
      default: i += 1
      }
    }
    return cell.count
  }

  /// The index after the bracket that closes the one at `start`; nil if it is never closed, and is
  /// then a character as any other.
  private func endOfBrackets(in cell: [UInt8], from start: Int) -> Int? {
    var depth = 0
    for i in start..<cell.count {
      if cell[i] == UInt8(ascii: "(") { depth += 1 }
      if cell[i] == UInt8(ascii: ")") { depth -= 1 }
      if depth == 0 { return i + 1 }
    }
    return nil
  }

  private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let front = bytes.drop { $0 == space }
    return front[..<((front.lastIndex { $0 != space } ?? front.startIndex - 1) + 1)]
  }

  private var comma: UInt8 { UInt8(ascii: ",") }
  private var bar: UInt8 { UInt8(ascii: "|") }
  private var space: UInt8 { UInt8(ascii: " ") }
}
