/// A walk over the frame headers of an MPEG audio file, without decoding: how much sound there is,
/// and whether all of it is there. Decoders say neither: they estimate the length from the first
/// frame, skip over junk, and stop at a frame that is cut short as if it were the end.
struct MPEGScan: Equatable {
  let sampleRate: Int
  let samplesPerFrame: Int
  /// Frames that hold sound: an encoder's information frame is none.
  let frames: Int
  /// What is missing or overwritten; nil if the stream is whole.
  let damage: String?

  /// Encoders say by how many samples their delay and padding lengthen the sound, in two numbers of
  /// 12 bits (and decoders have 529 samples of their own): at most this much is cut off.
  static let longestTrim = 2 * 4095 + 529

  var seconds: Double { Double(frames * samplesPerFrame) / Double(sampleRate) }

  /// Nil if there is no frame.
  init?(_ bytes: Span<UInt8>) {
    let end = Self.endOfAudio(bytes)
    guard let start = Self.firstFrame(bytes, from: Self.endOfID3(bytes), end: end),
      let first = MPEGFrameHeader(bytes, at: start)
    else { return nil }
    sampleRate = first.sampleRate
    samplesPerFrame = first.samples

    let information = Self.informationFrame(bytes, at: start, first)
    let declared = information?.frames
    var position = start + (information == nil ? 0 : first.length)
    var frames = 0
    var damage: String?
    while position < end {
      if let header = MPEGFrameHeader(bytes, at: position), header.continues(first) {
        if position + header.length > end {
          damage = "the last frame is cut off, \(end - position) of \(header.length) bytes"
          break
        }
        position += header.length
        frames += 1
      } else if Self.firstFrame(bytes, from: position, end: end) != nil {
        damage = "after \(frames) frames there are bytes that are not audio, then audio again"
        break
      } else {
        let junk = end - position
        // Some writers leave a few bytes behind; a frame or more, where none is declared, has been
        // audio: a download that was not completed may end in zeros.
        if declared == nil, junk >= first.length {
          damage = "the last \(junk) bytes, after \(frames) frames, are not audio"
        }
        break
      }
    }
    if damage == nil, let declared, declared > frames {
      damage = "the header declares \(declared) frames, there are \(frames)"
    }
    self.frames = frames
    self.damage = damage
  }

  /// Whether the file begins as MPEG audio does, perhaps after a tag.
  static func begins(_ bytes: Span<UInt8>) -> Bool {
    endOfID3(bytes) > 0 || MPEGFrameHeader(bytes, at: 0) != nil
  }

  /// The first frame at or after `start`, known from a second one that follows it, or from its end
  /// being that of the file. Junk before it is passed over, 64 KiB at most, as decoders do.
  private static func firstFrame(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Int? {
    for i in start..<max(start, min(end, start + 65_536)) where bytes[i] == 0xFF {
      guard let header = MPEGFrameHeader(bytes, at: i) else { continue }
      let next = i + header.length
      if next == end { return i }
      if next < end, MPEGFrameHeader(bytes, at: next)?.continues(header) == true { return i }
    }
    return nil
  }

  /// What an encoder writes into a first frame that holds no sound.
  private struct InformationFrame {
    /// How many frames follow; nil if it does not say.
    let frames: Int?
  }

  private static func informationFrame(
    _ bytes: Span<UInt8>, at start: Int, _ first: MPEGFrameHeader
  ) -> InformationFrame? {
    guard first.layer == 3 else { return nil }
    let sideInformation =
      switch (first.version, first.channels) {
      case (1, 1): 17
      case (1, _): 32
      case (_, 1): 9
      default: 17
      }
    let xing = start + 4 + sideInformation
    if ContainerCheck.has("Xing", bytes, at: xing) || ContainerCheck.has("Info", bytes, at: xing) {
      let saysFrames = bigEndian(bytes, at: xing + 4).map { $0 & 1 == 1 } ?? false
      return InformationFrame(frames: saysFrames ? bigEndian(bytes, at: xing + 8) : nil)
    }
    let vbri = start + 4 + 32
    if ContainerCheck.has("VBRI", bytes, at: vbri) {
      return InformationFrame(frames: bigEndian(bytes, at: vbri + 14))
    }
    return nil
  }

  /// The end of the ID3v2 tags at the start of the file, 0 if there is none.
  private static func endOfID3(_ bytes: Span<UInt8>) -> Int {
    var position = 0
    while ContainerCheck.has("ID3", bytes, at: position), position + 10 <= bytes.count {
      var size = 0
      for i in 6..<10 { size = size << 7 | Int(bytes[position + i] & 0x7F) }
      let hasFooter = bytes[position + 5] & 0x10 != 0
      position = min(position + 10 + size + (hasFooter ? 10 : 0), bytes.count)
    }
    return position
  }

  /// The end of the file without an ID3v1 or APE tag.
  private static func endOfAudio(_ bytes: Span<UInt8>) -> Int {
    var end = bytes.count
    if ContainerCheck.has("TAG", bytes, at: end - 128) { end -= 128 }
    if ContainerCheck.has("APETAGEX", bytes, at: end - 32) {
      // The footer included, the header not.
      let size = ContainerCheck.littleEndian(bytes, at: end - 20)
      let hasHeader = bytes[end - 32 + 23] & 0x80 != 0
      end = max(0, end - size - (hasHeader ? 32 : 0))
    }
    return end
  }

  private static func bigEndian(_ bytes: Span<UInt8>, at start: Int) -> Int? {
    guard start + 4 <= bytes.count else { return nil }
    return (0..<4).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
  }
}
