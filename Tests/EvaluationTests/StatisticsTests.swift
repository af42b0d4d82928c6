import Testing

@testable import Evaluation

@Suite struct StatisticsTests {
  /// The formula in Python, to the digits written here; statsmodels' proportion_confint has the same.
  @Test(arguments: [
    (0, 10, 0.0, 0.2775327998628892), (10, 10, 0.7224672001371107, 1.0),
    (3, 4, 0.30064184258181, 0.9544127391902995), (36, 45, 0.6617703088, 0.8910387319),
  ])
  func wilson(correct: Int, count: Int, lower: Double, upper: Double) throws {
    let interval = try #require(Interval.wilson(correct: correct, of: count))
    // As many digits as are written here.
    #expect(abs(interval.lower - lower) < 1e-6)
    #expect(abs(interval.upper - upper) < 1e-6)
  }

  @Test func wilsonNeedsTrials() { #expect(Interval.wilson(correct: 0, of: 0) == nil) }

  /// By hand: 2·(1 + 5)/2⁵, 2·1/2⁴, and R's binom.test(21, 100) for one with many terms.
  @Test(arguments: [
    (1, 4, 0.375), (4, 0, 0.125), (0, 0, 1), (3, 3, 1), (5, 4, 1), (21, 79, 4.337e-09),
  ])
  func mcNemar(first: Int, second: Int, p: Double) {
    let test = McNemar(onlyFirst: first, onlySecond: second)
    // The last p is written with four digits, half a unit is 1.2e-4 of it; sums of exp and lgamma
    // err by 1e-13.
    #expect(abs(test.pValue - p) <= 1e-3 * p)
    #expect(McNemar(onlyFirst: second, onlySecond: first).pValue == test.pValue)
  }

  @Test func mcNemarOfManyClipsDoesNotUnderflow() {
    // As many as the published test sets have, and beyond 2⁻¹⁰⁷⁵.
    #expect(McNemar(onlyFirst: 1000, onlySecond: 1000).pValue == 1)
    let p = McNemar(onlyFirst: 950, onlySecond: 1050).pValue
    // 0.026824 by whole numbers, 0.026849 by the normal approximation with continuity correction (z =
    // 99/√2000). A term more or less of the sum would be 0.003.
    #expect(abs(p - 0.0268) < 0.001)
  }

  @Test func mcNemarLooksAtTheSameClips() {
    let test = McNemar(first: [true, true, false, false], second: [true, false, true, true])
    #expect(test == McNemar(onlyFirst: 1, onlySecond: 2))
  }

  @Test func bootstrapIsSeededAndHoldsTheRate() throws {
    let clips = (0..<200).map { (edits: $0 % 5, length: 10) }  // 20 %
    let bootstrap = Bootstrap(resamples: 600, seed: 3)
    let interval = try #require(bootstrap.interval(clips))
    #expect(bootstrap.interval(clips) == interval)
    #expect(Bootstrap(resamples: 600, seed: 4).interval(clips) != interval)
    // Each clip's rate has a standard deviation of √2·10 points, the mean of 200 one point: 1.96 of
    // them to each side, give or take what 600 resamples leave (the quantiles' standard error is a tenth).
    #expect(abs(interval.lower - 18.04) < 0.4)
    #expect(abs(interval.upper - 21.96) < 0.4)
  }

  /// Of three clips, the same one is drawn three times in 1 of 27 resamples, 3.7 %: more than the 2.5 %
  /// that an interval leaves out on each side, less than 5. Of 10,000 resamples 370 do, give or take 19.
  @Test func extremeResamplesAreWithin() throws {
    let bootstrap = Bootstrap(resamples: 10_000, seed: 1)
    let low = try #require(bootstrap.interval([(0, 10), (10, 10), (10, 10)]))
    #expect(low.lower == 0 && low.upper == 100)
    let high = try #require(bootstrap.interval([(0, 10), (0, 10), (10, 10)]))
    #expect(high.lower == 0 && high.upper == 100)
  }

  @Test func differencesArePaired() throws {
    let first = (0..<50).map { (edits: $0 % 7, length: 10) }
    let second = first.map { (edits: $0.edits + 1, length: $0.length) }
    // Always exactly one edit in ten more, whatever is drawn; 100 times a difference of doubles
    // below 1, each rounded by 1e-16.
    let interval = try #require(Bootstrap(resamples: 100).difference(first, second))
    #expect(abs(interval.lower + 10) < 1e-9 && abs(interval.upper + 10) < 1e-9)
  }

  @Test func tooFewGiveNoInterval() {
    #expect(Bootstrap().interval([(1, 2)]) == nil)
    #expect(Bootstrap(resamples: 0).interval([(1, 2), (0, 2)]) == nil)
  }

  /// numpy.quantile([1, 2, 4, 8], q).
  @Test func quantiles() {
    #expect(Bootstrap.quantile([1, 2, 4, 8], 0.5) == 3)
    #expect(Bootstrap.quantile([1, 2, 4, 8], 0.25) == 1.75)
    #expect(Bootstrap.quantile([1, 2, 4, 8], 1) == 8)
  }
}
