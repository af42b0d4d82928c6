import Cronos
import Foundation
import LinearAlgebra
import TensorFiles

/// Where the fixtures lie: Tests/Fixtures beside the test targets.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Fixtures")

/// One problem of Tests/Fixtures/solver: jaxcld's inputs, outputs and tolerances.
struct SolverFixture {
  static let names = ["multi-300x24", "binary-160x48", "wide-40x64"]

  let tensors: SafetensorsFile
  let json: [String: Any]

  init(_ name: String) throws {
    let folder = fixtures.appendingPathComponent("solver")
    tensors = try SafetensorsFile(path: folder.appendingPathComponent(name + ".safetensors").path)
    let data = try Data(contentsOf: folder.appendingPathComponent(name + ".json"))
    json = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  func matrix(_ name: String) throws -> Matrix<Float> {
    let shape = tensors.entry(name)?.shape ?? []
    return Matrix(
      rows: shape[0], columns: shape.dropFirst().reduce(1, *), try tensors.floats(name))
  }

  var training: LabelledEmbeddings { get throws { try labelled("X", "y") } }
  var validation: LabelledEmbeddings { get throws { try labelled("Xval", "yval") } }

  private func labelled(_ x: String, _ y: String) throws -> LabelledEmbeddings {
    try LabelledEmbeddings(
      features: matrix(x), labels: tensors.int32s(y).map(Int.init),
      classes: Int(number("hyperparameters", "n_classes")))
  }

  /// A number of the problem's json.
  func number(_ path: String...) -> Double {
    var value: Any = json
    for key in path { value = (value as? [String: Any])?[key] ?? value }
    return (value as? NSNumber)?.doubleValue ?? .nan
  }

  /// jaxcld's hyper-parameters.
  var settings: CronosSettings {
    func hyper(_ name: String) -> Double { number("hyperparameters", name) }
    var settings = CronosSettings()
    settings.rank = Int(hyper("rank"))
    settings.neurons = Int(hyper("neurons"))
    settings.beta = hyper("beta")
    settings.rho = .fixed(hyper("rho"))
    settings.method = .nystromPCG
    settings.gammaRatio = hyper("gamma_ratio")
    settings.iterations = Int(hyper("admm_iters"))
    settings.pcgIterations = Int(hyper("pcg_iters"))
    settings.seed = UInt64(hyper("key_seed"))
    return settings
  }
}

/// ‖a − b‖ / ‖b‖.
func relativeDistance(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "\(a.count) and \(b.count) elements")
  let difference = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
  let scale = b.reduce(0.0) { $0 + pow(Double($1), 2) }
  return scale > 0 ? (difference / scale).squareRoot() : difference.squareRoot()
}

/// A pair in the fixtures' layout `(C, 2, d, P)`.
func published(_ pair: BlockPair<Double>, classes: Int) -> [Float] {
  let (d, p) = (pair.v.rows, pair.v.columns / classes)
  var out: [Float] = []
  for c in 0..<classes {
    for half in [pair.v, pair.w] {
      for a in 0..<d { for k in 0..<p { out.append(Float(half[a, c * p + k])) } }
    }
  }
  return out
}

/// θ₁ in the fixtures' layout `(C, d, 2P)`.
func published(_ head: ConvexHead) -> [Float] {
  (0..<head.classes).flatMap { c in
    (0..<head.dimension).flatMap { a in
      (0..<head.units).map { head.hiddenWeights[a, c * head.units + $0] }
    }
  }
}

/// max |a − b|, infinite where one is not finite.
func maximumDistance(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "\(a.count) and \(b.count) elements")
  return zip(a, b).map { abs(Double($0) - Double($1)) }.reduce(0) {
    $1.isFinite ? max($0, $1) : .infinity
  }
}
