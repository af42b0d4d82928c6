import Foundation
import TensorFiles
import Testing

@testable import Embeddings

@Suite struct SpectralGateTests {
  static let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/spectral-gate").path

  /// A noisy sound, and what noisereduce makes of it (make.py beside the fixture).
  @Test(arguments: [SpectralGate.Floor.stationary, .moving])
  func agreesWithNoisereduce(floor: SpectralGate.Floor) throws {
    let file = try SafetensorsFile(path: Self.fixture + "/expected.safetensors")
    let expected = try file.floats(floor == .stationary ? "stationary" : "moving")
    let sound = Waveform(samples: try file.floats("sound"))
    let ours = SpectralGate(floor: floor, strength: 0.85).applied(to: sound).samples
    try #require(ours.count == expected.count)
    // Both compute in double precision and round to float32: 6e-8 of a peak of 0.25, and what two
    // transforms and their sums differ by, far below. A decision at a threshold could go the other way;
    // with this sound none does.
    #expect(zip(ours, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    // It does something: where the sound pauses, the noise is quieter; least where the floor follows
    // what is heard around: noisereduce's own has 1/32 and 1/1.39 of the power there.
    let pause = 4000..<6000
    func power(_ x: [Float]) -> Float { x[pause].reduce(0) { $0 + $1 * $1 } }
    #expect(power(ours) < power(sound.samples) / (floor == .stationary ? 4 : 1.2))
  }

  @Test func quietClipsStay() {
    let quiet = Waveform(samples: (0..<2000).map { Float($0 % 7) * 1e-5 })
    #expect(SpectralGate(floor: .stationary, strength: 1).applied(to: quiet) == quiet)
  }

  @Test func transformOfKnownSignals() {
    let transform = FourierTransform(count: 8)
    var (x, y) = ([1.0, 0, 0, 0, 0, 0, 0, 0], [Double](repeating: 0, count: 8))
    transform.forward(&x, &y)
    #expect(x == Array(repeating: 1, count: 8) && y.allSatisfy { $0 == 0 })
    // cos(2π·3n/8): half of the length at 3 and at 5.
    (x, y) = ((0..<8).map { cos(2 * .pi * 3 * Double($0) / 8) }, [Double](repeating: 0, count: 8))
    transform.forward(&x, &y)
    for k in 0..<8 {
      // A few roundings of numbers below 4.
      #expect(abs(x[k] - (k == 3 || k == 5 ? 4 : 0)) < 1e-14 && abs(y[k]) < 1e-14)
    }
  }
}
