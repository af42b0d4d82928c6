internal import CSndfile
import Foundation
import Synchronization

/// Decodes wav, flac, ogg, opus and what else libsndfile knows. MPEG audio never comes here.
enum SoundFileDecoder {
  /// libsndfile keeps the reason for a failed opening in a variable of the process.
  private static let opening = Mutex(())

  /// Decodes a whole file.
  ///
  /// - Parameter maxSeconds: checked against the header before, and again while decoding.
  /// - Throws: `AudioError.undecodable`, `.damaged`, `.empty`, `.tooLong`.
  static func decode(path: String, maxSeconds: Double?) throws(AudioError) -> DecodedAudio {
    var info = SF_INFO()
    let (file, problem) = unsafe opening.withLock { _ in
      let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return unsafe (OpaquePointer?.none, SystemError.last) }
      // By descriptor: content alone decides the format, not the file's name.
      let file = unsafe sf_open_fd(descriptor, Int32(SFM_READ), &info, 1)
      return unsafe (file, file == nil ? String(cString: sf_strerror(nil)) : "")
    }
    guard let file = unsafe file else { throw .undecodable(path: path, reason: problem) }
    defer { unsafe sf_close(file) }
    let (rate, channels) = (Int(info.samplerate), Int(info.channels))
    guard rate > 0, channels > 0 else {
      throw .undecodable(path: path, reason: "the header says \(channels) channels at \(rate) Hz")
    }
    if info.frames == 0 {
      throw .empty(path: path, reason: "the header says that it has no sample")
    }

    // Streams whose length is not known have a header that says the largest number.
    let declared = info.frames == Int64.max ? nil : Int(info.frames)
    func checkLength(_ frames: Int) throws(AudioError) {
      if let maxSeconds, Double(frames) > maxSeconds * Double(rate) {
        throw .tooLong(path: path, seconds: Double(frames) / Double(rate), limit: maxSeconds)
      }
    }
    if let declared { try checkLength(declared) }

    var mixer = MonoMixer(channels: channels)
    let framesPerBlock = max(1, (1 << 16) / channels)
    let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: framesPerBlock * channels)
    defer { unsafe block.deallocate() }
    while true {
      let frames = Int(unsafe sf_readf_float(file, block.baseAddress, Int64(framesPerBlock)))
      guard frames > 0 else { break }
      let samples = unsafe UnsafeBufferPointer(rebasing: block[..<(frames * channels)])
      mixer.append(unsafe samples.span)
      try checkLength(mixer.mono.count)
    }
    if unsafe sf_error(file) != SF_ERR_NO_ERROR {
      throw .damaged(path: path, reason: unsafe String(cString: sf_strerror(file)))
    }
    if let declared, mixer.mono.count < declared {
      throw .damaged(
        path: path,
        reason: "the header declares \(declared) samples, there are \(mixer.mono.count)")
    }
    return DecodedAudio(sampleRate: rate, channels: channels, mono: mixer.mono)
  }
}
