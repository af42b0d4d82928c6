import Evaluation
import Foundation

/// The names of a head's classes, where a file from elsewhere does not have them.
struct LanguageNames {
  let names: [String]
  /// Where they are from, for a line of the log; nil if they were given.
  var source: String?

  /// What `--languages` gives: names between commas, or a JSON file that lists them.
  /// - Throws: `CommandError`.
  init(argument: String) throws {
    if argument.lowercased().hasSuffix(".json") {
      guard let names = try Self.names(inFile: argument) else {
        throw CommandError(
          .badData,
          "\(argument): has no 'languages'; needs a list of names, such as [\"en\", \"hi\"]")
      }
      self.names = names
    } else {
      names = argument.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
    let isSound = names.allSatisfy {
      !$0.isEmpty && !$0.contains(",") && !$0.contains(where: \.isNewline)
    }
    guard isSound, Set(names).count == names.count else {
      throw CommandError(
        .usage, "--languages \(argument): distinct names between commas are needed")
    }
  }

  private init(names: [String], source: String) { (self.names, self.source) = (names, source) }

  /// Those of the JSON file with the name of `path`, if one lies beside it with as many; else the
  /// classes' numbers.
  static func beside(_ path: String, classes: Int) -> LanguageNames {
    let json = URL(fileURLWithPath: path).deletingPathExtension().relativePath + ".json"
    if let names = try? LanguageNames(argument: json).names, names.count == classes {
      return LanguageNames(names: names, source: json)
    }
    return LanguageNames(
      names: (0..<classes).map(String.init), source: "the classes' numbers")
  }

  /// `languages` of a JSON file: a list, or an object whose sorted keys are the names (jaxcld's and
  /// this program's configs); nil if there is none.
  private static func names(inFile path: String) throws -> [String]? {
    let root = try ConfigTree(file: path).root
    let corpus: [String: JSONValue]? =
      if case .object(let members)? = root["corpus"] { members } else { nil }
    switch root["languages"] ?? corpus?["languages"] {
    case .array(let names):
      return names.compactMap { if case .string(let name) = $0 { name } else { nil } }
    case .object(let members): return members.keys.sorted()
    default: return nil
    }
  }
}
