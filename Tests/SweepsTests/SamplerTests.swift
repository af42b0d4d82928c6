import Evaluation
import Testing

@testable import Sweeps

@Suite struct SamplerTests {
  static let space = SearchSpace([
    Parameter(
      key: "cronos.rho", domain: .real(low: 1e-4, high: 1, isLogarithmic: true, steps: 5)),
    Parameter(
      key: "cronos.neurons", domain: .integer(low: 2, high: 9, isLogarithmic: false, steps: 3)),
    Parameter(key: "cronos.method", domain: .choice(["direct", "auto"])),
  ])

  @Test func gridHasEveryCombinationOnce() {
    let sampler = Sampler(space: Self.space, search: .grid, seed: 0)
    let trials = sampler.trials(0)
    #expect(trials.count == 30 && Self.space.gridCount == 30)
    #expect(Set(trials.map { JSONValue.object($0).compact }).count == 30)
    #expect(Set(trials.compactMap { $0["cronos.rho"]?.double }) == [1e-4, 1e-3, 1e-2, 0.1, 1])
    #expect(Set(trials.compactMap { $0["cronos.neurons"]?.wholeNumber }) == [2, 6, 9])
  }

  /// An integer range with more steps than numbers has each number once.
  @Test func gridOfFewIntegers() {
    let parameter = Parameter(
      key: "k", domain: .integer(low: 1, high: 3, isLogarithmic: false, steps: 9))
    #expect(parameter.gridValues == [1, 2, 3])
  }

  @Test(arguments: [Search.random, .halton])
  func drawsDependOnSeedAndNumberAlone(_ search: Search) {
    let sampler = Sampler(space: Self.space, search: search, seed: 3)
    #expect(sampler.trials(20)[..<10].map { $0 } == sampler.trials(10))
    #expect(
      sampler.trials(5) != Sampler(space: Self.space, search: search, seed: 4).trials(5))
    for trial in sampler.trials(200) {
      #expect((1e-4...1).contains(trial["cronos.rho"]?.double ?? .nan))
      #expect((2...9).contains(trial["cronos.neurons"]?.wholeNumber ?? 0))
    }
  }

  /// Whole numbers are drawn as often as each other, the ends included: 8 of them, 4,000 draws, 500 each
  /// expected; 5 standard deviations are √(500·7/8)·5 = 105.
  @Test func wholeNumbersAreEquallyLikely() {
    let sampler = Sampler(space: Self.space, search: .random, seed: 1)
    var counts: [Int: Int] = [:]
    for trial in sampler.trials(4000) {
      counts[trial["cronos.neurons"]?.wholeNumber ?? 0, default: 0] += 1
    }
    for number in 2...9 { #expect(abs(counts[number, default: 0] - 500) < 105, "\(number)") }
  }

  /// Halton 1960: 1/2, 1/4, 3/4, 1/8 … and 1/3, 2/3, 1/9 ….
  @Test func radicalInverses() {
    #expect(
      (1...5).map { Sampler.radicalInverse($0, base: 2) } == [0.5, 0.25, 0.75, 0.125, 0.625])
    let thirds = (1...3).map { Sampler.radicalInverse($0, base: 3) }
    for (found, exact) in zip(thirds, [1.0 / 3, 2.0 / 3, 1.0 / 9]) {
      #expect(abs(found - exact) < 1e-15)  // a few roundings of numbers below 1
    }
    #expect(Sampler.primes(6) == [2, 3, 5, 7, 11, 13])
  }

  /// What the sequence is for: of 64 points every 16th of each axis has some, which 64 uniform draws do
  /// with a probability of about a quarter an axis.
  @Test func haltonLeavesNoGap() {
    let sampler = Sampler(space: Self.space, search: .halton, seed: 9)
    let points = (0..<64).map(sampler.halton)
    for axis in 0..<3 {
      #expect(Set(points.map { Int($0[axis] * 16) }).count == 16, "axis \(axis)")
    }
  }

  @Test func placesInvertValues() {
    for parameter in Self.space.parameters {
      for step in 0..<20 {
        let place = (Double(step) + 0.5) / 20
        let value = parameter.value(at: place)
        guard let back = parameter.place(of: value) else {
          Issue.record("no place of \(value)")
          continue
        }
        switch parameter.domain {
        // Six digits of the value are 5e-6 of it, of a range over ln 10⁴ = 9.2.
        case .real: #expect(abs(back - place) < 1e-6)
        // Half a step of the eight, and the rounding of a place.
        case .integer: #expect(abs(back - place) <= 0.0625 + 1e-12)
        case .choice(let values): #expect(values[Int(back)] == value)
        }
      }
    }
    #expect(Self.space.parameters[0].place(of: "cg") == nil)
  }

  // MARK: Parzen estimators

  /// A bowl with its bottom at ρ = 0.01 and 7 neurons, and a step between the methods.
  private func loss(_ settings: [String: JSONValue]) -> Double {
    let places = Self.space.parameters.compactMap { parameter in
      settings[parameter.key].flatMap(parameter.place)
    }
    let (method, neurons, rho) = (places[0], places[1], places[2])
    return (rho - 0.5) * (rho - 0.5) + (neurons - 0.7) * (neurons - 0.7) + (method == 0 ? 0 : 0.3)
  }

  private func search(_ search: Search, seed: Int, count: Int) -> Double {
    let sampler = Sampler(space: Self.space, search: search, seed: seed)
    var seen: [Sampler.Observation] = []
    for number in 0..<count {
      let settings =
        search == .tpe ? sampler.suggestion(number, after: seen) : sampler.draw(number)
      seen.append(.init(settings: settings, loss: loss(settings)))
    }
    return seen.compactMap(\.loss).min() ?? .infinity
  }

  /// With 40 trials the estimators end lower than random draws for most seeds, and on the average. Of 20
  /// fair coins 14 or more show heads with a probability of 6 %; and the lowest losses of 20 random
  /// searches add up to less than 0.4 of those of 20 others about once in 700 times.
  @Test func parzenEstimatorsFindTheBottom() {
    let pairs = (0..<20).map {
      (search(.tpe, seed: $0, count: 40), search(.random, seed: $0, count: 40))
    }
    #expect(pairs.count { $0.0 < $0.1 } >= 14, "\(pairs)")
    let (tpe, random) = pairs.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    #expect(tpe < 0.4 * random, "\(tpe / 20) against \(random / 20)")
  }

  @Test func suggestionsAreReproducible() {
    let sampler = Sampler(space: Self.space, search: .tpe, seed: 5)
    let seen = (0..<15).map { number in
      let settings = sampler.suggestion(number, after: [])
      return Sampler.Observation(settings: settings, loss: number == 3 ? nil : loss(settings))
    }
    #expect(sampler.suggestion(15, after: seen) == sampler.suggestion(15, after: seen))
    #expect(sampler.suggestion(15, after: seen) != sampler.suggestion(16, after: seen))
  }

  /// A density over 0 … 1 sums to 1: the midpoint rule with 2,000 cells is good to 1e-4 for kernels of
  /// the least width 1/6.
  @Test func densitySumsToOne() {
    let density = ParzenDensity([0, 0.1, 0.12, 0.95])
    let sum = (0..<2000).reduce(0.0) { $0 + density(at: (Double($1) + 0.5) / 2000) } / 2000
    #expect(abs(sum - 1) < 1e-4)
    #expect(Sampler.frequencies([0, 0, 1], 3) == [0.5, 1.0 / 3, 1.0 / 6])
  }

  // MARK: Halving, importance

  @Test func rungs() {
    #expect(Halving(firstIterations: 1, factor: 3).rungs(of: 6) == [1, 3, 6])
    #expect(Halving(firstIterations: 2, factor: 2).rungs(of: 16) == [2, 4, 8, 16])
    #expect(Halving(firstIterations: 9, factor: 3).rungs(of: 6) == [6])
    let halving = Halving(firstIterations: 1, factor: 3)
    #expect([1, 3, 4, 40].map(halving.survivors) == [1, 1, 2, 14])
  }

  /// By hand: one parameter decides all, the other nothing.
  @Test func importanceOfAParameterThatDecides() {
    let space = SearchSpace([
      Parameter(key: "a", domain: .choice([0, 1, 2])),
      Parameter(key: "b", domain: .choice([0, 1])),
    ])
    let trials = Sampler(space: space, search: .grid, seed: 0).trials(0)
    let values = trials.map { (settings: $0, value: 2 * ($0["a"]?.double ?? 0)) }
    let shares = Importance.shares(space, values)
    #expect(shares.map(\.key) == ["a", "b"])
    #expect(shares[0].share == 1 && shares[1].share == 0)
    #expect(Importance.shares(space, []).allSatisfy { $0.share == 0 })
    #expect(Importance.share([[1, 1], [1, 1]]) == 0)
    // ω² of groups (0, 2) and (3, 5): between 9, within 4, noise 2: (9 − 2)/(13 + 2); a few roundings.
    #expect(abs(Importance.share([[0, 2], [3, 5]]) - 7.0 / 15) < 1e-12)
  }
}
