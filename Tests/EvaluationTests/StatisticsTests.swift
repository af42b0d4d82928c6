import Testing

@testable import Evaluation

@Suite struct StatisticsTests {
  /// The formula in 40 decimal digits; statsmodels' proportion_confint has the same.
  @Test(arguments: [
    (0, 10, 0.0, 0.2775327998628892), (10, 10, 0.7224672001371108, 1.0),
    (3, 4, 0.3006418425824019, 0.9544127391902994),
    (36, 45, 0.6617703088385798, 0.8910387319216872),
  ])
  func wilson(correct: Int, count: Int, lower: Double, upper: Double) throws {
    let interval = try #require(Interval.wilson(correct: correct, of: count))
    // A dozen operations on doubles below 2, each rounded by at most 2.2e-16.
    #expect(abs(interval.lower - lower) < 1e-14)
    #expect(abs(interval.upper - upper) < 1e-14)
  }

  @Test func wilsonNeedsTrials() { #expect(Interval.wilson(correct: 0, of: 0) == nil) }

  /// By hand: 2·(1 + 5)/2⁵, 2·1/2⁴, and by whole numbers one with many terms, for which R's
  /// binom.test(21, 100) prints 4.337e-09.
  @Test(arguments: [
    (1, 4, 0.375), (4, 0, 0.125), (0, 0, 1), (3, 3, 1), (5, 4, 1),
    (21, 79, 4.337366633421638e-09),
  ])
  func mcNemar(first: Int, second: Int, p: Double) {
    let test = McNemar(onlyFirst: first, onlySecond: second)
    // lgamma(101) = 364 has units of 6e-14: a few of them in the exponents are as much of p.
    #expect(abs(test.pValue - p) <= 1e-11 * p)
    #expect(McNemar(onlyFirst: second, onlySecond: first).pValue == test.pValue)
  }

  @Test func mcNemarOfManyClipsDoesNotUnderflow() {
    // As many as the published test sets have, and beyond 2⁻¹⁰⁷⁵.
    #expect(McNemar(onlyFirst: 1000, onlySecond: 1000).pValue == 1)
    let p = McNemar(onlyFirst: 950, onlySecond: 1050).pValue
    // By whole numbers; the normal approximation with continuity correction gives 0.026849 (z = 99/√2000).
    // lgamma(2001) = 13,207 has units of 1.8e-12: a few of them in the exponents are as much of p.
    #expect(abs(p - 0.026824146240280695) < 1e-9 * p)
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
    // below 1, each rounded by 1e-16, and a quantile between two of these.
    let interval = try #require(Bootstrap(resamples: 100).difference(first, second))
    #expect(abs(interval.lower + 10) < 1e-13 && abs(interval.upper + 10) < 1e-13)
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
