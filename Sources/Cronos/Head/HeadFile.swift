import LinearAlgebra
import TensorFiles

/// A convex head with the languages of its classes and where it comes from, as `head.safetensors`
/// keeps it: `theta1` (C, d, 2P), `theta2` (C, 2P), `hyperplanes` (d, P), and metadata; float32 when
/// written, any floating-point type when read. A gated head (metadata `model` is `gated-relu`) has P units
/// a class, and `hyperplanes` are its gates.
public struct HeadFile: LanguageHead {
  /// The network.
  public let head: ConvexHead
  /// The language of each class, `[C]`; a file that names one twice is refused.
  public let languages: [String]
  /// The sampled hyperplanes g, `[d, P]`; nil in a file that does not carry them.
  public let hyperplanes: Matrix<Float>?
  /// Encoder identity, hyper-parameters, seeds, version and whatever else the maker recorded.
  public let provenance: [String: String]

  /// - Precondition: a language for each class.
  public init(
    head: ConvexHead, languages: [String], hyperplanes: Matrix<Float>? = nil,
    provenance: [String: String] = [:]
  ) {
    precondition(
      languages.count == head.classes, "\(languages.count) languages, \(head.classes) classes")
    (self.head, self.languages) = (head, languages)
    (self.hyperplanes, self.provenance) = (hyperplanes, provenance)
  }

  /// d, the width of the embeddings.
  public var dimension: Int { head.dimension }

  public func logits(_ embeddings: Matrix<Float>) -> Matrix<Float> { head.logits(embeddings) }

  /// - Throws: `TensorFileError`: what is wrong with the file, by tensor.
  public init(path: String) throws(TensorFileError) {
    let file = try SafetensorsFile(path: path)
    let types = ElementType.floatingPoint
    let shape = try file.entry("theta1", shape: [-1, -1, -1], of: types).shape
    let (classes, d, units) = (shape[0], shape[1], shape[2])
    _ = try file.entry("theta2", shape: [classes, units], of: types)
    let modelName = file.metadata["model"] ?? CronosSettings.Model.relu.rawValue
    guard let model = CronosSettings.Model(rawValue: modelName) else {
      throw .malformed(path: path, reason: "metadata 'model' is '\(modelName)', which is not known")
    }
    guard classes >= 2, d > 0, units > 0, model == .gatedReLU || units.isMultiple(of: 2) else {
      throw .shape(
        path: path, tensor: "theta1", expected: "[2 or more, any, an even number]", found: shape)
    }
    let neurons = model == .gatedReLU ? units : units / 2
    let names = file.metadata["languages"]?.split(separator: ",").map(String.init) ?? []
    guard names.count == classes, Set(names).count == classes else {
      throw .malformed(
        path: path,
        reason: "metadata 'languages' names \(names.count) languages for \(classes) classes")
    }
    let theta1 = try file.floats("theta1")
    let output = Matrix(rows: classes, columns: units, try file.floats("theta2"))
    let hidden = ConvexHead.hiddenWeights(
      theta1: theta1, classes: classes, dimension: d, units: units)
    for (name, matrix) in [("theta1", hidden), ("theta2", output)] {
      guard matrix.firstNonFinite == nil else {
        throw .malformed(path: path, reason: "'\(name)' holds NaN or infinite numbers")
      }
    }
    var hyperplanes: Matrix<Float>?
    if model == .gatedReLU || file.entry("hyperplanes") != nil {
      _ = try file.entry("hyperplanes", shape: [d, neurons], of: types)
      hyperplanes = Matrix(rows: d, columns: neurons, try file.floats("hyperplanes"))
    }
    self.init(
      head: ConvexHead(
        hiddenWeights: hidden, outputWeights: output,
        gates: model == .gatedReLU ? hyperplanes : nil), languages: names,
      hyperplanes: hyperplanes,
      provenance: file.metadata.filter { $0.key != "languages" })
  }

  /// Writes `path` in one step: an interrupted write leaves what was there.
  /// - Throws: `TensorFileError.unwritable`.
  public func write(to path: String) throws(TensorFileError) {
    var metadata = provenance
    metadata["languages"] = languages.joined(separator: ",")
    let model = head.gates == nil ? CronosSettings.Model.relu : .gatedReLU
    metadata["model"] = model.rawValue
    var file = SafetensorsWriter(metadata: metadata)
    let (classes, d, units) = (head.classes, head.dimension, head.units)
    file.add("theta1", shape: [classes, d, units], floats: head.theta1)
    file.add("theta2", shape: [classes, units], floats: head.outputWeights.elements)
    if let hyperplanes = head.gates ?? hyperplanes {
      file.add("hyperplanes", shape: hyperplanes.shape, floats: hyperplanes.elements)
    }
    try file.write(to: path)
  }
}
