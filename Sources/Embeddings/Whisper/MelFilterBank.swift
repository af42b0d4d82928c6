import Foundation
import LinearAlgebra

/// Triangular filters, evenly spaced on Slaney's mel scale, each of unit area in Hz.
///
/// The scale is linear up to 1 kHz (15 mel) and logarithmic above, a factor of 6.4 for 27 mel:
/// M. Slaney, "Auditory Toolbox", Interval Research report 1998-010.
enum MelFilterBank {
  /// `[frequencyBins, filters]`: the weight of each frequency, 0 Hz to half the sample rate, in
  /// each filter.
  static func slaney(
    frequencyBins: Int, filters: Int, maximumFrequency: Double, sampleRate: Double
  ) -> Matrix<Double> {
    let top = mel(hertz: maximumFrequency)
    let edges = (0...(filters + 1)).map { hertz(mel: top * Double($0) / Double(filters + 1)) }
    let step = sampleRate / 2 / Double(frequencyBins - 1)
    return Matrix(rows: frequencyBins, columns: filters) { bin, filter in
      let frequency = step * Double(bin)
      let (low, centre, high) = (edges[filter], edges[filter + 1], edges[filter + 2])
      let rising = (frequency - low) / (centre - low)
      let falling = (high - frequency) / (high - centre)
      return max(0, min(rising, falling)) * 2 / (high - low)
    }
  }

  private static let (breakHertz, breakMel, logStep) = (1000.0, 15.0, log(6.4) / 27)

  static func mel(hertz: Double) -> Double {
    hertz < breakHertz
      ? hertz * breakMel / breakHertz : breakMel + log(hertz / breakHertz) / logStep
  }

  static func hertz(mel: Double) -> Double {
    mel < breakMel ? mel * breakHertz / breakMel : breakHertz * exp(logStep * (mel - breakMel))
  }
}
