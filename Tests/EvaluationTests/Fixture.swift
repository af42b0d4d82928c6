import Foundation

/// Reads `Tests/Fixtures/metrics/<name>`.
func metricsFixture<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
  let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/metrics/\(name)")
  return try JSONDecoder().decode(T.self, from: Data(contentsOf: url))
}

/// SplitMix64 (Steele, Lea & Flood 2014), so that a failing case can be had again from its seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Ratios of the fixtures are doubles printed in full; summing and dividing in another order moves
/// them by a few units in the last place of numbers below ten.
let ratioTolerance = 1e-12
