import Foundation
import LinearAlgebra

/// Whisper's input: the logarithmic mel spectrum of a clip, padded or cut to one window (30 s).
///
/// All of it is computed in double precision: the logarithm makes the rounding of weak frequencies
/// beside strong ones visible. Frames of the padding are known without computing them.
public struct WhisperFeatures: Sendable {
  /// Numbers a frame: 80, or 128 for large-v3 and turbo.
  public let melBins: Int
  /// Frames a window: 3,000.
  public let frames: Int
  /// Samples a window: 480,000.
  public let samples: Int
  let hop, fftLength: Int
  /// `[fftLength/2 + 1, melBins]`.
  let filters: Matrix<Double>
  /// The windowed transform of a frame's even and odd part: `[fftLength/2, fftLength/2 + 1]`.
  private let cosines, sines: Matrix<Double>

  private struct Configuration: Decodable {
    let bins, hop, fftLength, seconds, samples, rate: Int?

    enum CodingKeys: String, CodingKey {
      case bins = "feature_size"
      case hop = "hop_length"
      case fftLength = "n_fft"
      case seconds = "chunk_length"
      case samples = "n_samples"
      case rate = "sampling_rate"
    }

    init(from decoder: any Decoder) throws {
      let c = try decoder.container(keyedBy: CodingKeys.self)
      bins = try c.wholeNumberIfPresent(.bins)
      hop = try c.wholeNumberIfPresent(.hop)
      fftLength = try c.wholeNumberIfPresent(.fftLength)
      seconds = try c.wholeNumberIfPresent(.seconds)
      samples = try c.wholeNumberIfPresent(.samples)
      rate = try c.wholeNumberIfPresent(.rate)
    }
  }

  /// Reads `preprocessor_config.json`.
  /// - Throws: `CheckpointError` that names the file and the key.
  public init(path: String) throws(CheckpointError) {
    let c = try JSONFile.decode(Configuration.self, from: path)
    func wrong(_ key: Configuration.CodingKeys, _ reason: String) -> CheckpointError {
      .configuration(file: path, key: key.rawValue, reason: reason)
    }
    let rate = c.rate ?? Waveform.sampleRate
    guard rate == Waveform.sampleRate else {
      throw wrong(.rate, "is \(rate): needs \(Waveform.sampleRate)")
    }
    let (bins, hop, length) = (c.bins ?? 80, c.hop ?? 160, c.fftLength ?? 400)
    guard (1...1024).contains(bins) else { throw wrong(.bins, "is \(bins): needs 1 to 1024") }
    guard (2...65_536).contains(length), length % 2 == 0 else {
      throw wrong(.fftLength, "is \(length): needs an even number from 2 to 65536")
    }
    guard (1...length).contains(hop) else { throw wrong(.hop, "is \(hop): needs 1 to \(length)") }
    let seconds = c.seconds ?? 30
    guard (1...3600).contains(seconds) else {
      throw wrong(.seconds, "is \(seconds): needs 1 to 3600")
    }
    let samples = c.samples ?? seconds * rate
    guard samples >= length, samples <= 3600 * rate, samples % hop == 0 else {
      throw wrong(
        .samples,
        "is \(samples): needs a multiple of hop_length \(hop) from \(length) to \(3600 * rate)")
    }
    self.init(melBins: bins, samples: samples, hop: hop, fftLength: length)
  }

  init(melBins: Int, samples: Int = 480_000, hop: Int = 160, fftLength: Int = 400) {
    (self.melBins, self.samples, self.hop) = (melBins, samples, hop)
    (self.fftLength, frames) = (fftLength, samples / hop)
    let half = fftLength / 2
    filters = MelFilterBank.slaney(
      frequencyBins: half + 1, filters: melBins, maximumFrequency: 8000,
      sampleRate: Double(Waveform.sampleRate))
    // Row n - 1 stands for the samples n and fftLength - n, which the periodic Hann window weighs
    // alike; it weighs sample 0 with nothing.
    let turn = 2 * Double.pi / Double(fftLength)
    func window(_ n: Int) -> Double { 0.5 - 0.5 * cos(turn * Double(n)) }
    func angle(_ n: Int, _ k: Int) -> Double { turn * Double(n * k % fftLength) }
    cosines = Matrix(rows: half, columns: half + 1) { window($0 + 1) * cos(angle($0 + 1, $1)) }
    sines = Matrix(rows: half, columns: half + 1) { window($0 + 1) * sin(angle($0 + 1, $1)) }
  }

  /// The features of a clip, a frame a row, between `margin` rows of zeros on either side:
  /// `[frames + 2·margin, melBins]`. A clip longer than the window is cut.
  public func callAsFunction(_ waveform: Waveform, margin: Int = 0) -> Matrix<Float> {
    let used = min(waveform.samples.count, samples)
    // Later frames see nothing but padding. (Those at the very end see it mirrored.)
    let sounding = min(frames, used == 0 ? 0 : (used + fftLength / 2 + hop - 1) / hop)
    var logarithms = [Double](repeating: -10, count: sounding * melBins)
    unsafe waveform.samples.withUnsafeBufferPointer { signal in
      unsafe logarithms.withUnsafeMutableBufferPointer { target in
        nonisolated(unsafe) let signal = unsafe UnsafeBufferPointer(rebasing: signal[..<used])
        nonisolated(unsafe) let target = unsafe target
        Threads.concurrentRanges(count: sounding, minimum: 16) { range in
          for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
            let part = start..<min(start + Self.chunk, range.upperBound)
            unsafe transform(signal, frames: part, into: target)
          }
        }
      }
    }
    // What is 80 dB under the loudest is cut off; then the range is brought to about ±1.
    let floor = (logarithms.max() ?? -10) - 8
    func scaled(_ x: Double) -> Float { Float((max(x, floor) + 4) / 4) }
    var result = [Float](
      repeating: scaled(-10), count: (frames + 2 * margin) * melBins)
    for i in 0..<(margin * melBins) {
      result[i] = 0
      result[result.count - 1 - i] = 0
    }
    for (i, x) in logarithms.enumerated() { result[margin * melBins + i] = scaled(x) }
    return Matrix(rows: frames + 2 * margin, columns: melBins, result)
  }

  /// Frames that are transformed in one piece: their buffers stay in a second-level cache.
  private static let chunk = 64

  /// log10 of the mel powers of the frames in `range`, at least -10. Frame t is centred on sample
  /// t·hop; before the first and after the last sample of the window the signal is mirrored.
  private func transform(
    _ signal: UnsafeBufferPointer<Float>, frames range: Range<Int>,
    into target: UnsafeMutableBufferPointer<Double>
  ) {
    let half = fftLength / 2
    func sample(_ index: Int) -> Double {
      var i = abs(index)
      if i >= samples { i = 2 * (samples - 1) - i }
      return i < signal.count ? Double(unsafe signal[i]) : 0
    }
    var even = Matrix<Double>(rows: range.count, columns: half)
    var odd = even
    unsafe even.withUnsafeMutableElements { even in
      unsafe odd.withUnsafeMutableElements { odd in
        for (row, frame) in range.enumerated() {
          let centre = frame * hop
          for n in 1..<half {
            let (a, b) = (sample(centre - half + n), sample(centre + half - n))
            unsafe even[row * half + n - 1] = a + b
            unsafe odd[row * half + n - 1] = a - b
          }
          unsafe even[row * half + half - 1] = sample(centre)
        }
      }
    }
    var power = multiply(even, cosines)
    let imaginary = multiply(odd, sines)
    unsafe imaginary.withUnsafeElements { imaginary in
      unsafe power.withUnsafeMutableElements { power in
        for i in 0..<power.count {
          unsafe power[i] = power[i] * power[i] + imaginary[i] * imaginary[i]
        }
      }
    }
    let mel = multiply(power, filters)
    unsafe mel.withUnsafeElements { mel in
      for i in 0..<mel.count {
        unsafe target[range.lowerBound * melBins + i] = log10(max(mel[i], 1e-10))
      }
    }
  }
}
