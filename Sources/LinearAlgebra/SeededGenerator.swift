import Foundation

/// SplitMix64: random bits that depend on the seed alone, the same on every platform and with every
/// version of Swift, whose own generators and `shuffled(using:)` promise no such thing.
///
/// Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SeededGenerator: Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// An independent stream for each purpose, such as one accent of one language: the names are
  /// hashed (FNV-1a, 64 bits) into the seed, so that a stream stays as it is when others are added.
  public init(seed: Int, purpose names: [String]) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for name in names {
      for byte in Array(name.utf8) + [0xFF] {  // 0xFF is in no UTF-8 text: it ends a name
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
      }
    }
    var seeding = SeededGenerator(seed: UInt64(bitPattern: Int64(seed)))
    self.init(seed: seeding.next() ^ hash)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in `0..<bound`, each equally likely.
  ///
  /// The high word of a product, redrawn where the low word would favour some numbers: Lemire,
  /// "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019.
  /// - Precondition: `bound > 0`.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "below: bound \(bound)")
    let bound = UInt64(bound)
    let threshold = (0 &- bound) % bound
    while true {
      let product = next().multipliedFullWidth(by: bound)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// A number from 0 up to, not including, 1: 53 random bits.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number of the standard normal distribution (Box and Muller, 1958; one of each pair is used).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * .pi * unit())
  }

  /// Puts the elements into a random order (Fisher and Yates, from the front).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for i in elements.indices.dropLast() {
      elements.swapAt(i, i + below(elements.count - i))
    }
  }
}
