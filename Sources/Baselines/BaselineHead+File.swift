import Foundation
import LinearAlgebra
import TensorFiles

/// A rival head's safetensors file. The metadata has `kind`, `languages` (comma-separated), `settings`
/// (JSON) and the provenance; the tensors are
///
///     standardiser.mean, standardiser.scale (d)         where the inputs are standardised
///     knn          rows (n, d), labels (n)
///     linear-svm   weights (d, C), bias (C)
///     kernel-svm   support_vectors (s, d), counts (C), coefficients (C − 1, s), rho (C(C − 1)/2),
///                  gamma (1)
///     nn           hidden.weight (d, h), hidden.bias (h), output.weight (h, C), output.bias (C)
extension BaselineHead {
  /// The kind of the head in a file; nil for one that names none, as the convex head's.
  /// - Throws: `TensorFileError`: unreadable, or of a kind that is not known.
  public static func kind(of path: String) throws(TensorFileError) -> BaselineKind? {
    guard let name = try SafetensorsFile(path: path).metadata["kind"], name != "cld" else {
      return nil
    }
    guard let kind = BaselineKind(rawValue: name) else {
      throw .malformed(
        path: path, reason: "metadata 'kind' is '\(name)': not a head of this program")
    }
    return kind
  }

  /// Writes `path` in one step.
  /// - Throws: `TensorFileError.unwritable`.
  public func write(to path: String) throws(TensorFileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = (try? encoder.encode(settings)).map { String(decoding: $0, as: UTF8.self) }
    var metadata = provenance
    metadata["kind"] = kind.rawValue
    metadata["languages"] = languages.joined(separator: ",")
    metadata["settings"] = json ?? "{}"
    var file = SafetensorsWriter(metadata: metadata)
    if let standardiser {
      file.add("standardiser.mean", shape: [dimension], floats: standardiser.mean)
      file.add("standardiser.scale", shape: [dimension], floats: standardiser.scale)
    }
    func add(_ name: String, _ matrix: Matrix<Float>) {
      file.add(name, shape: matrix.shape, floats: matrix.elements)
    }
    switch model {
    case .knn(let m):
      add("rows", m.rows)
      file.add("labels", shape: [m.labels.count], int32s: m.labels.map(Int32.init))
    case .linearSVM(let m):
      add("weights", m.weights)
      file.add("bias", shape: [m.bias.count], floats: m.bias)
    case .kernelSVM(let m):
      add("support_vectors", m.supportVectors)
      file.add("counts", shape: [m.classes], int32s: m.counts.map(Int32.init))
      file.add("coefficients", shape: m.coefficients.shape, doubles: m.coefficients.elements)
      file.add("rho", shape: [m.rho.count], doubles: m.rho)
      file.add("gamma", shape: [1], doubles: [m.gamma])
    case .nn(let m):
      add("hidden.weight", m.hiddenWeights)
      file.add("hidden.bias", shape: [m.hiddenBias.count], floats: m.hiddenBias)
      add("output.weight", m.outputWeights)
      file.add("output.bias", shape: [m.outputBias.count], floats: m.outputBias)
    }
    try file.write(to: path)
  }

  /// - Throws: `TensorFileError`: what is wrong with the file, by tensor or metadata key.
  public init(path: String) throws(TensorFileError) {
    let file = try SafetensorsFile(path: path)
    let languages = file.metadata["languages"]?.split(separator: ",").map(String.init) ?? []
    guard languages.count >= 2, Set(languages).count == languages.count else {
      throw .malformed(
        path: path, reason: "metadata 'languages' names \(languages.count) distinct languages")
    }
    let settings: BaselineSettings
    do {
      let text = file.metadata["settings"] ?? ""
      settings = try JSONDecoder().decode(BaselineSettings.self, from: Data(text.utf8))
    } catch {
      throw .malformed(path: path, reason: "metadata 'settings' is no description of a head")
    }
    let model = try Self.model(file, settings, classes: languages.count)
    let known: Set = ["kind", "languages", "settings"]
    let head = BaselineHead(
      languages, settings, file.metadata.filter { !known.contains($0.key) }, nil, model)
    var standardiser: Standardiser?
    if settings.standardise {
      let d = head.dimension
      standardiser = Standardiser(
        mean: try Self.floats(file, "standardiser.mean", [d]),
        scale: try Self.floats(file, "standardiser.scale", [d]))
    }
    self.init(languages, settings, head.provenance, standardiser, model)
  }

  private static func model(
    _ file: SafetensorsFile, _ settings: BaselineSettings, classes: Int
  ) throws(TensorFileError) -> Model {
    switch settings {
    case .knn(let settings):
      let rows = try matrix(file, "rows", [-1, -1])
      let labels = try file.integers("labels", shape: [rows.rows])
      guard labels.allSatisfy({ (0..<classes).contains($0) }), rows.rows >= settings.k else {
        throw .malformed(
          path: file.path, reason: "'labels' outside 0..<\(classes), or fewer rows than k")
      }
      return .knn(
        KNearestNeighbours(settings: settings, rows: rows, labels: labels, classes: classes))
    case .linearSVM(let settings):
      return .linearSVM(
        LinearSVM(
          settings: settings, weights: try matrix(file, "weights", [-1, classes]),
          bias: try floats(file, "bias", [classes])))
    case .kernelSVM(let settings):
      let vectors = try matrix(file, "support_vectors", [-1, -1])
      let counts = try file.integers("counts", shape: [classes])
      guard counts.allSatisfy({ $0 >= 0 }), counts.reduce(0, +) == vectors.rows else {
        throw .malformed(path: file.path, reason: "'counts' do not add up to the support vectors")
      }
      let pairs = classes * (classes - 1) / 2
      for (name, shape) in [
        ("coefficients", [classes - 1, vectors.rows]), ("rho", [pairs]), ("gamma", [1]),
      ] { _ = try file.entry(name, shape: shape, of: [.float64]) }
      return .kernelSVM(
        KernelSVM(
          settings: settings, gamma: try file.doubles("gamma")[0], supportVectors: vectors,
          counts: counts,
          coefficients: Matrix(
            rows: classes - 1, columns: vectors.rows, try file.doubles("coefficients")),
          rho: try file.doubles("rho")))
    case .nn:
      let hidden = try matrix(file, "hidden.weight", [-1, -1])
      return .nn(
        SmallNetwork(
          hiddenWeights: hidden, hiddenBias: try floats(file, "hidden.bias", [hidden.columns]),
          outputWeights: try matrix(file, "output.weight", [hidden.columns, classes]),
          outputBias: try floats(file, "output.bias", [classes])))
    }
  }

  private static func floats(
    _ file: SafetensorsFile, _ name: String, _ shape: [Int]
  ) throws(TensorFileError) -> [Float] {
    _ = try file.entry(name, shape: shape, of: ElementType.floatingPoint)
    let values = try file.floats(name)
    guard values.allSatisfy(\.isFinite) else {
      throw .malformed(path: file.path, reason: "'\(name)' holds NaN or infinite numbers")
    }
    return values
  }

  private static func matrix(
    _ file: SafetensorsFile, _ name: String, _ shape: [Int]
  ) throws(TensorFileError) -> Matrix<Float> {
    let values = try floats(file, name, shape)
    let found = file.entry(name)?.shape ?? [0, 0]
    return Matrix(rows: found[0], columns: found[1], values)
  }
}
