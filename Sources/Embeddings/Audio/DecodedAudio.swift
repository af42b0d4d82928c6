/// A file's own samples, mixed to one channel.
struct DecodedAudio {
  /// Samples a second, as the file has them.
  let sampleRate: Int
  /// Channels of the file.
  let channels: Int
  /// The mean of the channels, full scale ±1.
  let mono: [Float]

  var seconds: Double { Double(mono.count) / Double(sampleRate) }
}

/// What a decoder appends its interleaved blocks to.
struct MonoMixer {
  let channels: Int
  private(set) var mono: [Float] = []

  init(channels: Int) { self.channels = channels }

  /// - Parameter interleaved: whole frames, a sample for each channel.
  mutating func append(_ interleaved: Span<Float>) {
    let frames = interleaved.count / channels
    let scale = 1 / Float(channels)
    mono.reserveCapacity(mono.count + frames)
    for frame in 0..<frames {
      var sum: Float = 0
      for channel in 0..<channels { sum += interleaved[frame * channels + channel] }
      mono.append(channels == 1 ? sum : sum * scale)
    }
  }
}
