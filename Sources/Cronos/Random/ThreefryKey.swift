import Foundation

/// A key of the counter-based generator threefry2x32 (Salmon et al., SC'11), used as jax.random
/// uses it with `jax_threefry_partitionable` on (the default since jax 0.5).
///
/// The same seed gives jaxcld's hyperplanes and sketch here.
public struct ThreefryKey: Sendable, Equatable {
  /// The key's two words; of a seed its upper and lower 32 bits.
  public let high, low: UInt32

  public init(high: UInt32, low: UInt32) { (self.high, self.low) = (high, low) }

  /// `PRNGKey(seed)`.
  public init(seed: UInt64) {
    self.init(high: UInt32(truncatingIfNeeded: seed >> 32), low: UInt32(truncatingIfNeeded: seed))
  }

  /// The cipher on one 64-bit counter: 20 rounds, a word of the key schedule after every four.
  func block(_ counter: UInt64) -> (UInt32, UInt32) {
    let parity = high ^ low ^ 0x1BD1_1BDA
    var x0 = UInt32(truncatingIfNeeded: counter >> 32) &+ high
    var x1 = UInt32(truncatingIfNeeded: counter) &+ low

    @inline(__always) func rounds(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) {
      round(a)
      round(b)
      round(c)
      round(d)
    }
    @inline(__always) func round(_ rotation: UInt32) {
      x0 = x0 &+ x1
      x1 = (x1 &<< rotation) | (x1 &>> (32 - rotation))
      x1 ^= x0
    }
    @inline(__always) func inject(_ k0: UInt32, _ k1: UInt32, _ group: UInt32) {
      x0 = x0 &+ k0
      x1 = x1 &+ k1 &+ group
    }

    rounds(13, 15, 26, 6)
    inject(low, parity, 1)
    rounds(17, 29, 16, 24)
    inject(parity, high, 2)
    rounds(13, 15, 26, 6)
    inject(high, low, 3)
    rounds(17, 29, 16, 24)
    inject(low, parity, 4)
    rounds(13, 15, 26, 6)
    inject(parity, high, 5)
    return (x0, x1)
  }

  /// `jax.random.split(key)`: the key to carry on, and the key to draw from.
  public func split() -> (carry: ThreefryKey, draw: ThreefryKey) {
    let (a, b) = (block(0), block(1))
    return (ThreefryKey(high: a.0, low: a.1), ThreefryKey(high: b.0, low: b.1))
  }

  /// `jax.random.bits(key, (count,), uint32)`.
  public func bits(count: Int) -> [UInt32] {
    (0..<count).map {
      let (a, b) = block(UInt64($0))
      return a ^ b
    }
  }

  /// `jax.random.uniform(key, (count,))`: in [0, 1), 23 random bits.
  public func uniforms(count: Int) -> [Float] {
    bits(count: count).map { Float(bitPattern: $0 >> 9 | 0x3f80_0000) - 1 }
  }

  /// `jax.random.normal(key, (count,))`: √2·erfinv of a uniform in (−1, 1), in single precision.
  public func normals(count: Int) -> [Float] {
    let low = (-1 as Float).nextUp
    return uniforms(count: count).map { unit in
      // Scaled and shifted as jax does; 1 − low rounds to 2.
      let uniform = max(low, unit * (1 - low) + low)
      return Float(2).squareRoot() * inverseErrorFunction(uniform)
    }
  }
}

/// erf⁻¹ in single precision: Giles (2010), "Approximating the erfinv function", the two polynomials
/// in w = −log(1 − x²), split at w = 5, that XLA uses.
func inverseErrorFunction(_ x: Float) -> Float {
  // x² is rounded before it is negated: a fused product would differ from jax in the tails.
  let square = x * x
  let w = -log1p(-square)
  let central: [Float] = [
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
  ]
  let tail: [Float] = [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
    0.00943887047, 1.00167406, 2.83297682,
  ]
  let (t, coefficients) = w < 5 ? (w - 2.5, central) : (w.squareRoot() - 3, tail)
  var p = coefficients[0]
  for c in coefficients.dropFirst() { p = c + p * t }
  return p * x
}
