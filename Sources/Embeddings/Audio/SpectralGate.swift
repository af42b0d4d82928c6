import Foundation

/// Noise reduction by spectral gating: what is not well above the noise floor of its frequency is made
/// quieter.
///
/// The method and its constants are those of the Python package noisereduce (Sainburg & Zorea,
/// arXiv:2412.17851), which upstream uses; results agree up to rounding.
struct SpectralGate {
  enum Floor: Equatable {
    /// One floor for each frequency: the mean of its level plus 1.5 standard deviations, in dB.
    case stationary
    /// A floor that follows the level, smoothed over two seconds.
    case moving
  }

  let floor: Floor
  /// How much of what lies below the floor is taken away: 0 to 1.
  let strength: Double

  private static let window = 1024
  private static let hop = 256
  private static let bins = window / 2 + 1
  /// Zeros before and after the clip, as noisereduce has them: they shape the floor at the ends.
  private static let padding = 30_000
  /// Half widths of the triangle that smooths the mask: 500 Hz and 50 ms.
  private static let smoothing = (bins: 16, frames: 3)
  /// Quieter clips, peaks of −80 dBFS, stay as they are, as upstream has it.
  static let quietest: Float = 1e-4

  func applied(to waveform: Waveform) -> Waveform {
    let peak = waveform.samples.reduce(Float(0)) { max($0, abs($1)) }
    guard peak >= Self.quietest else { return waveform }
    let zeros = [Float](repeating: 0, count: Self.padding)
    var spectrum = Spectrogram(zeros + waveform.samples + zeros)
    var mask = spectrum.magnitudes()
    switch floor {
    case .stationary:
      let thresholds = Self.thresholds(Spectrogram(waveform.samples).magnitudes())
      Self.decibels(&mask)
      for t in mask.indices {
        for k in 0..<Self.bins {
          mask[t][k] = mask[t][k] > thresholds[k] ? 1 : 1 - strength
        }
      }
      Self.smooth(&mask)
    case .moving:
      Self.aboveMovingFloor(&mask)
      Self.smooth(&mask)
      for t in mask.indices {
        for k in 0..<Self.bins { mask[t][k] = mask[t][k] * strength + 1 - strength }
      }
    }
    spectrum.multiply(by: mask)
    let samples = spectrum.samples(in: Self.padding..<(Self.padding + waveform.samples.count))
    return Waveform(samples: samples.map(Float.init))
  }

  // MARK: Floors

  /// Levels in dB, at most 80 below the loudest of their frequency.
  private static func decibels(_ magnitudes: inout [[Double]]) {
    var loudest = [Double](repeating: -.infinity, count: bins)
    for t in magnitudes.indices {
      for k in 0..<bins {
        magnitudes[t][k] = 20 * log10(magnitudes[t][k] + Double.ulpOfOne)
        loudest[k] = max(loudest[k], magnitudes[t][k])
      }
    }
    for t in magnitudes.indices {
      for k in 0..<bins { magnitudes[t][k] = max(magnitudes[t][k], loudest[k] - 80) }
    }
  }

  private static func thresholds(_ magnitudes: [[Double]]) -> [Double] {
    var levels = magnitudes
    decibels(&levels)
    let count = Double(levels.count)
    return (0..<bins).map { k in
      let mean = levels.reduce(0) { $0 + $1[k] } / count
      let variance = levels.reduce(0) { $0 + ($1[k] - mean) * ($1[k] - mean) } / count
      return mean + 1.5 * variance.squareRoot()
    }
  }

  /// A sigmoid of how far a magnitude is above its floor: a first-order low-pass filter, run forth and
  /// back over time.
  private static func aboveMovingFloor(_ magnitudes: inout [[Double]]) {
    let frames = 2.0 * Double(Waveform.sampleRate) / Double(hop)
    let b = ((1 + 4 * frames * frames).squareRoot() - 1) / (2 * frames * frames)
    guard let first = magnitudes.first else { return }
    var smooth = magnitudes
    var state = first
    for t in smooth.indices {
      for k in 0..<bins {
        state[k] = b * smooth[t][k] + (1 - b) * state[k]
        smooth[t][k] = state[k]
      }
    }
    for t in smooth.indices.reversed() {
      for k in 0..<bins {
        state[k] = b * smooth[t][k] + (1 - b) * state[k]
        smooth[t][k] = state[k]
      }
    }
    for t in magnitudes.indices {
      for k in 0..<bins {
        let above = smooth[t][k] > 0 ? (magnitudes[t][k] - smooth[t][k]) / smooth[t][k] : -1
        magnitudes[t][k] = 1 / (1 + exp(-(above - 2) * 10))
      }
    }
  }

  /// Convolves with the product of two triangles of area 1; outside there are zeros.
  private static func smooth(_ mask: inout [[Double]]) {
    func triangle(_ half: Int) -> [Double] {
      let side = Double(half + 1)
      return (-half...half).map { (side - abs(Double($0))) / (side * side) }
    }
    let (across, along) = (triangle(smoothing.bins), triangle(smoothing.frames))
    for t in mask.indices {
      let row = mask[t]
      for k in 0..<bins {
        var sum = 0.0
        for j in max(0, k - smoothing.bins)...min(bins - 1, k + smoothing.bins) {
          sum += row[j] * across[j - k + smoothing.bins]
        }
        mask[t][k] = sum
      }
    }
    let rows = mask
    for t in mask.indices {
      let near = max(0, t - smoothing.frames)...min(rows.count - 1, t + smoothing.frames)
      for k in 0..<bins {
        mask[t][k] = near.reduce(0) { $0 + rows[$1][k] * along[$1 - t + smoothing.frames] }
      }
    }
  }

  // MARK: Spectrogram

  /// Windows of 1,024 samples (Hann, periodic), 256 apart, the first centred on the first sample.
  private struct Spectrogram {
    /// `[frame][bin]`, divided by the window's sum.
    private var real: [[Double]] = []
    private var imaginary: [[Double]] = []
    private static let transform = FourierTransform(count: SpectralGate.window)
    private static let hann = (0..<window).map {
      0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(window))
    }
    private static let scale = 1 / hann.reduce(0, +)

    init(_ samples: [Float]) {
      let half = SpectralGate.window / 2
      let frames = samples.count / SpectralGate.hop + 1
      for t in 0..<frames {
        let start = t * SpectralGate.hop - half
        var x = (0..<SpectralGate.window).map { i -> Double in
          let place = start + i
          return samples.indices.contains(place) ? Double(samples[place]) * Self.hann[i] : 0
        }
        var y = [Double](repeating: 0, count: SpectralGate.window)
        Self.transform.forward(&x, &y)
        real.append(x[..<SpectralGate.bins].map { $0 * Self.scale })
        imaginary.append(y[..<SpectralGate.bins].map { $0 * Self.scale })
      }
    }

    func magnitudes() -> [[Double]] {
      zip(real, imaginary).map { x, y in zip(x, y).map { ($0 * $0 + $1 * $1).squareRoot() } }
    }

    mutating func multiply(by mask: [[Double]]) {
      for t in real.indices {
        for k in 0..<SpectralGate.bins {
          real[t][k] *= mask[t][k]
          imaginary[t][k] *= mask[t][k]
        }
      }
    }

    /// The sound again: windows overlapped and added, divided by the sum of the windows' squares.
    func samples(in range: Range<Int>) -> [Double] {
      let (window, half) = (SpectralGate.window, SpectralGate.window / 2)
      let length = (real.count - 1) * SpectralGate.hop + window
      var sum = [Double](repeating: 0, count: length)
      var weight = [Double](repeating: 0, count: length)
      for t in real.indices {
        // The upper half of a real signal's spectrum mirrors the lower; conjugated, the inverse is a
        // forward transform.
        var x = real[t] + real[t][1..<half].reversed()
        var y = imaginary[t].map { -$0 } + imaginary[t][1..<half].reversed()
        Self.transform.forward(&x, &y)
        let start = t * SpectralGate.hop
        for i in 0..<window {
          sum[start + i] += x[i] / Double(window) / Self.scale * Self.hann[i]
          weight[start + i] += Self.hann[i] * Self.hann[i]
        }
      }
      return range.map { i in
        let place = i + half
        return place < length && weight[place] > 1e-10 ? sum[place] / weight[place] : 0
      }
    }
  }
}
