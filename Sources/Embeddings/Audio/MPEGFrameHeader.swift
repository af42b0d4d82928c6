/// The four bytes that begin each frame of MPEG audio (ISO/IEC 11172-3 and 13818-3, §2.4.1.3).
struct MPEGFrameHeader: Equatable {
  /// 1, 2, or 3 for the unofficial 2.5.
  let version: Int
  let layer: Int
  let sampleRate: Int
  let channels: Int
  /// Bytes of the frame, its header included.
  let length: Int

  /// Samples of each channel that a frame holds.
  var samples: Int {
    switch layer {
    case 1: 384
    case 2: 1152
    default: version == 1 ? 1152 : 576
    }
  }

  /// Nil if no header is at `start`; free-format frames, whose length no header says, are none.
  init?(_ bytes: Span<UInt8>, at start: Int) {
    guard start >= 0, start + 4 <= bytes.count, bytes[start] == 0xFF, bytes[start + 1] >= 0xE0
    else { return nil }
    let (b1, b2, b3) = (Int(bytes[start + 1]), Int(bytes[start + 2]), Int(bytes[start + 3]))
    guard let version = [3, nil, 2, 1][(b1 >> 3) & 3], let layer = [nil, 3, 2, 1][(b1 >> 1) & 3]
    else { return nil }
    let (bitRateIndex, rateIndex) = (b2 >> 4, (b2 >> 2) & 3)
    guard bitRateIndex > 0, bitRateIndex < 15, rateIndex < 3 else { return nil }

    let kilobits = Self.kilobits(version: version, layer: layer)[bitRateIndex - 1]
    let sampleRate = [44_100, 48_000, 32_000][rateIndex] >> (version - 1)
    let padding = (b2 >> 1) & 1
    self.version = version
    self.layer = layer
    self.sampleRate = sampleRate
    channels = b3 >> 6 == 3 ? 1 : 2
    length =
      switch layer {
      case 1: (12_000 * kilobits / sampleRate + padding) * 4
      case 3 where version > 1: 72_000 * kilobits / sampleRate + padding
      default: 144_000 * kilobits / sampleRate + padding
      }
  }

  /// Whether the other frame can follow this one in a stream: all but bit rate and padding agree.
  func continues(_ other: MPEGFrameHeader) -> Bool {
    version == other.version && layer == other.layer && sampleRate == other.sampleRate
      && channels == other.channels
  }

  private static func kilobits(version: Int, layer: Int) -> [Int] {
    switch (version, layer) {
    case (1, 1): [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448]
    case (1, 2): [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384]
    case (1, 3): [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    case (_, 1): [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256]
    default: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    }
  }
}
