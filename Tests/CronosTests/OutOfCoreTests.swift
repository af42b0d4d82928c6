import Foundation
import LinearAlgebra
import TensorFiles
import TestFolders
import Testing

@testable import Cronos

/// Rows that stay in their file give the head of rows in memory.
@Suite struct OutOfCoreTests {
  /// Blocks of 37 rows, so that the last one is shorter.
  struct SmallBlocks: RowSource {
    let mapped: MappedRows
    var rows: Int { mapped.rows }
    var columns: Int { mapped.columns }
    func block(_ range: Range<Int>) -> Matrix<Float> { mapped.block(range) }
    func release(_ range: Range<Int>) { mapped.release(range) }
    var blocks: [Range<Int>] { stride(from: 0, to: rows, by: 37).map { $0..<min($0 + 37, rows) } }
  }

  @Test(
    arguments: [
      (CronosSettings.Precision.float32, CronosSettings.Model.relu), (.float64, .relu),
      (.float64, .gatedReLU),
    ], [1, 2])
  func rowsOfAFileAreThoseInMemory(
    _ kind: (CronosSettings.Precision, CronosSettings.Model), _ ranks: Int
  ) throws {
    let fixture = try SolverFixture("multi-300x24")
    let file = try SafetensorsFile(path: fixture.tensors.path)
    let entry = try #require(file.entry("X"))
    let (labels, classes) = (try fixture.training.labels, try fixture.training.classes)
    var settings = fixture.settings
    (settings.method, settings.precision, settings.model) = (.kroneckerPCG, kind.0, kind.1)
    (settings.iterations, settings.pcgIterations) = (3, nil)
    if kind.0 == .float32 { settings.rho = .automatic }
    if kind.0 == .float64 { settings.pcgTolerance = 1e-10 }
    let validation = try fixture.validation
    let alone = try trainConvexHead(
      on: fixture.training, validation: validation, settings: settings)
    let own = settings
    let results = try ThreadRanks.run(ranks) { ranks in
      let range = ranks.share(of: 300)
      let data = try LabelledEmbeddings(
        source: SmallBlocks(mapped: MappedRows(file, entry, rows: range)),
        labels: Array(labels[range]), classes: classes, firstRow: range.lowerBound)
      return try trainConvexHead(
        on: data, validation: validation.share(ranks.share(of: validation.count)), settings: own,
        communicator: ranks)
    }.map { try $0.get() }
    for result in results {
      #expect(result.method == .kroneckerPCG && result.trace.count == 3)
      // As in RankTests: what a solve leaves, times its condition.
      let tolerance = kind.0 == .float32 ? 1e-2 : 1e-6
      let distance = relativeDistance(
        result.head.hiddenWeights.elements, alone.head.hiddenWeights.elements)
      #expect(distance < tolerance, "\(distance)")
    }
  }

  @Test(arguments: [ElementType.float16, .bfloat16, .float64])
  func otherElementTypesAreWidenedBlockByBlock(_ type: ElementType) throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    // Eighths up to 16: exact in every type.
    let numbers = (0..<600).map { Float(($0 * 37) % 256) / 8 - 16 }
    let bytes: Data =
      switch type {
      case .float16: numbers.map { Float16($0) }.withUnsafeBytes { Data($0) }
      case .bfloat16: numbers.map { UInt16($0.bitPattern >> 16) }.withUnsafeBytes { Data($0) }
      default: numbers.map { Double($0) }.withUnsafeBytes { Data($0) }
      }
    var writer = SafetensorsWriter()
    writer.add(
      "x", try #require(NumericArray(shape: [100, 6], elementType: type, bytes: bytes)))
    let path = folder("x.safetensors")
    try writer.write(to: path)
    let file = try SafetensorsFile(path: path)
    let rows = MappedRows(file, try #require(file.entry("x")), rows: 10..<90)
    #expect(rows.rows == 80 && rows.columns == 6)
    for range in [0..<80, 3..<4, 79..<80, 5..<5] {
      let wanted = Array(numbers[(60 + 6 * range.lowerBound)..<(60 + 6 * range.upperBound)])
      #expect(rows.block(range).elements == wanted, "\(range)")
      rows.release(range)
    }
    #expect(rows.block(0..<80).elements == Array(numbers[60..<540]), "after it was released")
  }

  @Test func aNumberThatIsNotFiniteIsNamedByItsRow() throws {
    let fixture = try SolverFixture("multi-300x24")
    var features = try fixture.training.features
    features[250, 3] = .infinity
    struct Memory: RowSource {
      let matrix: Matrix<Float>
      var rows: Int { matrix.rows }
      var columns: Int { matrix.columns }
      func block(_ range: Range<Int>) -> Matrix<Float> { matrix.selectingRows(range) }
      func release(_ range: Range<Int>) {}
      var blocks: [Range<Int>] { matrix.rowBlocks(of: 64) }
    }
    let (source, labels) = (Memory(matrix: features), try fixture.training.labels)
    #expect(throws: TrainingDataError.nonFinite(row: 1250, column: 3, value: .infinity)) {
      try LabelledEmbeddings(
        source: source, labels: labels, classes: fixture.training.classes, firstRow: 1000)
    }
  }

  @Test func methodsThatNeedAllRowsAreRefused() throws {
    let fixture = try SolverFixture("multi-300x24")
    let rows = MappedRows(fixture.tensors, try #require(fixture.tensors.entry("X")), rows: 0..<300)
    let data = try LabelledEmbeddings(
      source: rows, labels: fixture.training.labels, classes: fixture.training.classes)
    var settings = fixture.settings
    for method in [CronosSettings.Method.direct, .nystromPCG] {
      settings.method = method
      #expect {
        _ = try trainConvexHead(on: data, settings: settings)
      } throws: {
        "\($0)".contains(
          "cronos.method is \(method.rawValue): needs kronecker-pcg, because the rows")
      }
    }
  }
}
