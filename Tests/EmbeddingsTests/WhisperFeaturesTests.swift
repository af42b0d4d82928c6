import LinearAlgebra
import Testing

@testable import Embeddings

@Suite struct WhisperFeaturesTests {
  let fixture: WhisperFixture

  init() throws { fixture = try WhisperFixture.shared.get() }

  @Test func melFilters() throws {
    let filters = fixture.model.features.filters
    #expect(filters.shape == [201, 80])
    let expected = try fixture.tensors.floats("mel_filters")
    // Equal double-precision formulas, rounded to float32: the largest filter is 0.026.
    #expect(largestDifference(filters.elements.map { Float($0) }, expected) <= 1e-8)
  }

  @Test func logMel() throws {
    let features = fixture.model.features(fixture.waveform)
    #expect(features.shape == [3000, 80])
    // By mel, then by frame, as transformers has it.
    let transposed = features.transposed
    let first = (0..<80).flatMap { transposed.row($0).prefix(400) }
    // The README's tolerance; two implementations in transformers differ by 2.2e-5.
    #expect(largestDifference(first, try fixture.tensors.floats("input_features_first")) <= 1e-4)

    let means = (0..<80).map { mel in
      transposed.row(mel).reduce(0.0) { $0 + Double($1) } / 3000
    }
    let deviations = (0..<80).map { mel in
      let differences = transposed.row(mel).map { Double($0) - means[mel] }
      return (differences.reduce(0) { $0 + $1 * $1 } / 3000).squareRoot()
    }
    #expect(
      largestDifference(
        means.map { Float($0) }, try fixture.tensors.floats("input_features_row_mean")) <= 1e-4)
    #expect(
      largestDifference(
        deviations.map { Float($0) }, try fixture.tensors.floats("input_features_row_std"))
        <= 1e-4)
  }
}
