import Cronos
import Foundation
import LinearAlgebra
import TensorFiles

/// Embeddings with labels, from one file or two:
///
/// - safetensors: `embeddings` (n, d), `labels` (n), metadata `languages` (comma-separated);
/// - npz: `embeddings` or `X`, `labels` or `y`, `languages` (names) and `encoder`, texts;
/// - npy: the matrix alone, its labels in another npy.
///
/// Labels are class numbers, or the names of the languages themselves.
struct EmbeddingsFile {
  /// Where the names of the classes, and the labels, are from when the file does not have them.
  struct Companions {
    /// A file of labels.
    var labels: String?
    /// What `--languages` names.
    var languages: [String]?
  }

  /// The rows of this rank.
  let data: LabelledEmbeddings
  /// The label of every row of the file.
  let labels: [Int]
  /// Whether the rows can stay in the file.
  let isMapped: Bool
  let languages: [String]
  /// Identity of the encoder, where the file records it.
  let encoder: String?

  /// - Parameter wanted: the languages of the training, which the file's must be.
  /// - Parameter placement: where the rows go.
  /// - Throws: `TensorFileError`, or `CommandError` that names the file and the row.
  init(
    path: String, companions: Companions = .init(), languages wanted: [String]? = nil,
    placement: RowPlacement = .init()
  ) throws {
    var parts = try Parts(path: path)
    var labelsPath = path
    if let file = companions.labels {
      labelsPath = file
      let other = try Parts(path: file, isLabels: true)
      parts.labels = other.labels
      parts.languages = other.languages ?? parts.languages
    }
    guard let features = parts.features else {
      throw CommandError(.badData, "\(path): has no 'embeddings' (n, d), nor 'X'")
    }
    guard let labels = parts.labels else {
      throw CommandError(
        .badData, "\(path): has no 'labels'; --labels names a file of them (npy)")
    }
    let names = try Self.names(
      parts.languages, labels, wanted: wanted, given: companions.languages, path: labelsPath)
    languages = names
    encoder = parts.encoder
    if case .mapped = features { isMapped = true } else { isMapped = false }
    let numbers = try labels.numbers(among: names, path: labelsPath)
    self.labels = numbers
    do {
      guard features.shape[0] == numbers.count else {
        let error = TrainingDataError.labelCount(rows: features.shape[0], labels: numbers.count)
        throw CommandError(.badData, "\(path): \(error); needs one row per label")
      }
      guard !numbers.isEmpty else { throw TrainingDataError.empty(shape: features.shape) }
      data = try features.placed(placement, labels: numbers, classes: names.count, path: path)
    } catch let error as TrainingDataError {
      throw CommandError(.badData, "\(path): \(error)")
    }
  }

  /// The names of the classes, from wherever they are said.
  private static func names(
    _ inFile: [String]?, _ labels: Labels, wanted: [String]?, given: [String]?, path: String
  ) throws(CommandError) -> [String] {
    var found = inFile ?? given ?? wanted
    if found == nil, case .names(let names) = labels { found = Set(names).sorted() }
    guard let found, !found.isEmpty else {
      throw CommandError(
        .badData,
        "\(path): does not say which languages its classes are: metadata or array 'languages', or "
          + "--languages en,hi,…")
    }
    if let given, found != given {
      throw CommandError(
        .badData,
        "\(path): languages are \(found.joined(separator: ",")), --languages says "
          + given.joined(separator: ",") + "; leave it out, or give those of the file")
    }
    if let wanted, found != wanted {
      throw CommandError(
        .badData,
        "\(path): languages are \(found.joined(separator: ",")), those of the training file "
          + wanted.joined(separator: ",") + "; needs the same, in the same order")
    }
    guard Set(found).count == found.count else {
      throw CommandError(.badData, "\(path): names a language twice; needs each once")
    }
    return found
  }

  private enum Labels {
    case numbers([Int])
    case names([String])

    /// - Throws: `CommandError` for a name that is no language of the training.
    func numbers(among languages: [String], path: String) throws(CommandError) -> [Int] {
      switch self {
      case .numbers(let numbers): return numbers
      case .names(let names):
        let classes = Dictionary(uniqueKeysWithValues: languages.enumerated().map { ($1, $0) })
        var numbers: [Int] = []
        for (row, name) in names.enumerated() {
          guard let number = classes[name] else {
            throw CommandError(
              .badData,
              "\(path): labels: row \(row) is '\(name)', not one of "
                + languages.joined(separator: ","))
          }
          numbers.append(number)
        }
        return numbers
      }
    }
  }

  /// Where the rows of a file are before they go to where they are wanted.
  private enum Features {
    case read(Matrix<Float>)
    case mapped(SafetensorsFile, TensorEntry)

    var shape: [Int] {
      switch self {
      case .read(let matrix): matrix.shape
      case .mapped(_, let entry): entry.shape
      }
    }

    /// This rank's share of the rows.
    /// - Throws: `TrainingDataError`, or `CommandError` where the rows cannot stay in their file.
    func placed(
      _ placement: RowPlacement, labels: [Int], classes: Int, path: String
    ) throws -> LabelledEmbeddings {
      let range = placement.ranks.share(of: labels.count)
      let firstRow = placement.ranks.size > 1 ? range.lowerBound : nil
      let share = Array(labels[range])
      switch self {
      case .read(let matrix):
        guard placement.storage != .file else {
          throw CommandError(
            .badData,
            "\(path): cronos.storage is file: rows are read from a safetensors file only")
        }
        return try LabelledEmbeddings(
          features: range.count == matrix.rows ? matrix : matrix.selectingRows(range),
          labels: share,
          classes: classes, firstRow: firstRow)
      case .mapped(let file, let entry):
        let columns = entry.shape[1]
        if placement.staysInFile(rows: range.count, columns: columns, classes: classes) {
          return try LabelledEmbeddings(
            source: MappedRows(file, entry, rows: range), labels: share, classes: classes,
            firstRow: firstRow)
        }
        let elements = (range.lowerBound * columns)..<(range.upperBound * columns)
        let floats = file.floats(of: entry, elements: elements)
        file.release(entry, elements: elements)
        return try LabelledEmbeddings(
          features: Matrix(rows: range.count, columns: columns, floats), labels: share,
          classes: classes, firstRow: firstRow)
      }
    }
  }

  /// What a file has.
  private struct Parts {
    var features: Features?
    var labels: Labels?
    var languages: [String]?
    var encoder: String?

    /// - Parameter isLabels: whether an npy file is one of labels.
    init(path: String, isLabels: Bool = false) throws {
      let start = try MappedFile(path: path).data.prefix(6)
      if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
        let array = try NPYFile(path: path)
        if isLabels {
          labels = try Self.labels(array)
        } else {
          features = .read(try Self.matrix(array))
        }
      } else if start.starts(with: Array("PK".utf8)) {
        let file = try NPZFile(path: path)
        if !isLabels, let array = try file.first(of: ["embeddings", "X"]) {
          features = .read(try Self.matrix(array))
        }
        labels = try file.first(of: ["labels", "y"]).map(Self.labels)
        languages = try file.first(of: ["languages"])?.strings()
        encoder = try file.first(of: ["encoder"])?.strings().first
      } else {
        let file = try SafetensorsFile(path: path)
        var rows = -1
        if !isLabels {
          let entry = try file.entry(
            "embeddings", shape: [-1, -1], of: ElementType.floatingPoint)
          features = .mapped(file, entry)
          rows = entry.shape[0]
        }
        if file.entry("labels") != nil {
          labels = .numbers(try file.integers("labels", shape: [rows]))
        }
        languages = file.metadata["languages"]?.split(separator: ",").map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        encoder = file.metadata["encoder"]
      }
    }

    private static func matrix(_ array: NPYFile) throws(TensorFileError) -> Matrix<Float> {
      guard array.shape.count == 2 else {
        throw .shape(path: array.name, tensor: "array", expected: "[any, any]", found: array.shape)
      }
      return Matrix(rows: array.shape[0], columns: array.shape[1], try array.floats())
    }

    private static func labels(_ array: NPYFile) throws(TensorFileError) -> Labels {
      guard array.shape.count == 1 else {
        throw .shape(path: array.name, tensor: "array", expected: "[any]", found: array.shape)
      }
      return array.elementType == nil
        ? .names(try array.strings()) : .numbers(try array.integers())
    }
  }
}
