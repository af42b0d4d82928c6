import Foundation
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
    // A mean and a standard deviation err by no more than the largest error of their numbers, above.
    #expect(
      largestDifference(
        means.map { Float($0) }, try fixture.tensors.floats("input_features_row_mean")) <= 1e-4)
    #expect(
      largestDifference(
        deviations.map { Float($0) }, try fixture.tensors.floats("input_features_row_std"))
        <= 1e-4)
  }

  /// 128 bins: numbers that WhisperFeatureExtractor(feature_size=128) of transformers 4.56.2 (its
  /// numpy path, in double precision) gives for the fixture's clip, printed with six decimals.
  @Test func melsOfLargeV3() {
    let features = WhisperFeatures(melBins: 128)(fixture.waveform)
    #expect(features.shape == [3000, 128])
    let expected: [(mel: Int, frame: Int, value: Float)] = [
      (0, 0, 0.498861), (0, 50, 0.486668), (5, 100, 0.301256), (40, 120, -0.690747),
      (100, 30, -0.404506), (127, 0, -0.19924), (127, 150, -0.39176), (60, 2999, -0.690747),
    ]
    // Half a unit of the sixth decimal is 5e-7; float32 numbers below 1 are rounded by 3e-8.
    for (mel, frame, value) in expected { #expect(abs(features[frame, mel] - value) <= 2e-6) }
    let mean = features.elements.reduce(0.0) { $0 + Double($1) } / Double(features.count)
    // Half a unit of the eighth decimal is 5e-9; the mean errs no more than its float32 numbers do,
    // by 3e-8 below 1.
    #expect(abs(mean - -0.63618183) <= 1e-7)
  }

  /// A clip longer than the window is cut, one as long as it is mirrored at its end, and an empty
  /// one is silence throughout.
  @Test func lengths() {
    let features = WhisperFeatures(melBins: 80)
    let long = (0..<500_000).map { sinf(Float($0) * 0.03) * 0.5 }
    let cut = features(Waveform(samples: Array(long.prefix(480_000))))
    #expect(features(Waveform(samples: long)) == cut)
    #expect(features(Waveform(samples: [])).elements.allSatisfy { $0 == -1.5 })
    // The last frame is centred 160 samples before the end: its window holds 40 mirrored samples.
    var changed = Array(long.prefix(480_000))
    changed[479_959] += 0.5
    let last = features(Waveform(samples: changed)).row(2999)
    #expect(last != cut.row(2999))
  }

  @Test func margins() {
    let features = WhisperFeatures(melBins: 80)
    let plain = features(fixture.waveform)
    let padded = features(fixture.waveform, margin: 2)
    #expect(padded.shape == [3004, 80])
    #expect(padded.selectingRows(Array(2..<3002)) == plain)
    #expect(padded.selectingRows([0, 1, 3002, 3003]).elements.allSatisfy { $0 == 0 })
  }
}
