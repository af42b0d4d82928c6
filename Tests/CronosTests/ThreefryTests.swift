import Cronos
import Foundation
import TensorFiles
import Testing

/// jax.random's own draws, from Tests/Fixtures/jax-random.
@Suite struct ThreefryTests {
  let file: SafetensorsFile

  init() throws {
    file = try SafetensorsFile(
      path: fixtures.appendingPathComponent("jax-random/partitionable.safetensors").path)
  }

  @Test(arguments: [0, 1, 42, 1024] as [UInt64])
  func keysAndBitsAreExact(_ seed: UInt64) throws {
    let key = ThreefryKey(seed: seed)
    let (carry, draw) = key.split()
    for (name, key) in [("key", key), ("split0", carry), ("split1", draw)] {
      #expect([key.high, key.low] == (try file.uint32s("seed\(seed).\(name)")))
    }
    for name in file.names where name.hasPrefix("seed\(seed).bits.") {
      let expected = try file.uint32s(name)
      #expect(draw.bits(count: expected.count) == expected, "\(name)")
    }
    for name in file.names where name.hasPrefix("seed\(seed).uniform.") {
      let expected = try file.floats(name)
      #expect(draw.uniforms(count: expected.count) == expected, "\(name)")
    }
  }

  @Test(arguments: [0, 1, 42, 1024] as [UInt64])
  func normalsAgreeToRounding(_ seed: UInt64) throws {
    let draw = ThreefryKey(seed: seed).split().draw
    for name in file.names where name.hasPrefix("seed\(seed).normal.") {
      let expected = try file.floats(name)
      // Two units in the last place below 4; the fixture allows 1e-6 up to 2.5 and 2e-5 beyond.
      #expect(maximumDistance(draw.normals(count: expected.count), expected) < 1e-6, "\(name)")
    }
  }

  @Test func seedsBeyond32BitsUseBothWords() {
    let key = ThreefryKey(seed: 5 << 32 | 7)
    #expect(key.high == 5 && key.low == 7)
  }
}
