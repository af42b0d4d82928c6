import Evaluation
import LinearAlgebra

/// How the settings of trials are chosen.
public enum Search: String, Sendable, CaseIterable {
  /// Every combination of the parameters' steps.
  case grid
  /// Independent uniform draws.
  case random
  /// The Halton sequence, moved by a seeded shift: few points that leave no large gap.
  case halton
  /// Tree-structured Parzen estimators: goes where the good trials so far were.
  case tpe

  /// Whether all trials are known before the first one has ended.
  public var isFixed: Bool { self != .tpe }
}

/// Settings of trials by their number: the same number always gives the same ones.
public struct Sampler: Sendable {
  /// What is drawn: a value for each of its parameters.
  public let space: SearchSpace
  /// How it is drawn.
  public let search: Search
  /// Any whole number; a grid does not depend on it.
  public let seed: Int

  /// The same three values give the same trials.
  public init(space: SearchSpace, search: Search, seed: Int) {
    (self.space, self.search, self.seed) = (space, search, seed)
  }

  /// The first `count` trials of a search that is fixed; a grid has its own number.
  /// - Precondition: `search.isFixed`.
  public func trials(_ count: Int) -> [[String: JSONValue]] {
    precondition(search.isFixed, "the trials of \(search) depend on the ones before")
    return search == .grid ? space.grid : (0..<count).map(draw)
  }

  /// Trial `number` of a search whose trials do not depend on each other.
  func draw(_ number: Int) -> [String: JSONValue] {
    space.settings(at: search == .halton ? halton(number) : random(number))
  }

  func random(_ number: Int) -> [Double] {
    var generator = SeededGenerator(seed: seed, purpose: ["trial", "\(number)"])
    return space.parameters.map { _ in generator.unit() }
  }

  /// Radical inverses of the number in the first primes (Halton 1960), each shifted modulo 1 (Cranley &
  /// Patterson 1976).
  func halton(_ number: Int) -> [Double] {
    var generator = SeededGenerator(seed: seed, purpose: ["halton"])
    return Self.primes(space.parameters.count).map { prime in
      let place = Self.radicalInverse(number + 1, base: prime) + generator.unit()
      return place - place.rounded(.down)
    }
  }

  /// The digits of `number` in a base, mirrored at the point.
  static func radicalInverse(_ number: Int, base: Int) -> Double {
    var (rest, weight, sum) = (number, 1.0, 0.0)
    while rest > 0 {
      weight /= Double(base)
      sum += weight * Double(rest % base)
      rest /= base
    }
    return sum
  }

  static func primes(_ count: Int) -> [Int] {
    var primes: [Int] = []
    var candidate = 2
    while primes.count < count {
      if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes
  }
}
