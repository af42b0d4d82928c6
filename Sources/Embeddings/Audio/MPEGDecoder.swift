internal import CMpg123

/// Decodes MPEG audio (mp3) with libmpg123, which is what libsndfile decodes it with. It is called
/// directly because only so can it be told to print nothing: through libsndfile, each damaged clip
/// writes lines of its own onto the user's terminal.
enum MPEGDecoder {
  private static let isReady = mpg123_init() == MPG123_OK.rawValue

  /// Decodes a whole file that was scanned.
  ///
  /// - Throws: `AudioError.undecodable`, `.damaged`.
  static func decode(path: String, scan: MPEGScan) throws(AudioError) -> DecodedAudio {
    if let damage = scan.damage { throw .damaged(path: path, reason: damage) }
    guard isReady, let handle = unsafe mpg123_new(nil, nil) else {
      throw .undecodable(path: path, reason: "libmpg123 cannot be set up")
    }
    defer { unsafe mpg123_delete(handle) }
    func check(_ status: Int32) throws(AudioError) {
      guard status == MPG123_OK.rawValue else {
        throw .undecodable(path: path, reason: unsafe String(cString: mpg123_strerror(handle)))
      }
    }
    let flags =
      MPG123_QUIET.rawValue | MPG123_FORCE_FLOAT.rawValue | MPG123_GAPLESS.rawValue
      | MPG123_SKIP_ID3V2.rawValue | MPG123_NO_FRANKENSTEIN.rawValue
    try check(unsafe mpg123_param(handle, MPG123_ADD_FLAGS, Int(flags), 0))
    try check(
      unsafe mpg123_param(handle, MPG123_REMOVE_FLAGS, Int(MPG123_AUTO_RESAMPLE.rawValue), 0))
    try check(unsafe mpg123_open(handle, path))
    defer { unsafe mpg123_close(handle) }

    var (rate, channels, encoding) = (0, Int32(0), Int32(0))
    try check(unsafe mpg123_getformat(handle, &rate, &channels, &encoding))
    guard channels > 0, encoding == Int32(MPG123_ENC_FLOAT_32.rawValue) else {
      throw .undecodable(path: path, reason: "libmpg123 gives no float samples")
    }
    var mixer = MonoMixer(channels: Int(channels))
    let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1 << 14)
    defer { unsafe block.deallocate() }
    while true {
      var bytes = 0
      let status = unsafe mpg123_read(
        handle, block.baseAddress, block.count * MemoryLayout<Float>.stride, &bytes)
      let samples = unsafe UnsafeBufferPointer(
        rebasing: block[..<(bytes / MemoryLayout<Float>.stride)])
      mixer.append(unsafe samples.span)
      if status == MPG123_DONE.rawValue { break }
      if status == MPG123_NEW_FORMAT.rawValue { continue }
      try check(status)
    }

    let expected = scan.frames * scan.samplesPerFrame - MPEGScan.longestTrim
    guard mixer.mono.count >= expected, rate == scan.sampleRate else {
      throw .damaged(
        path: path,
        reason: "\(scan.frames) frames decode to \(mixer.mono.count) samples at \(rate) Hz")
    }
    return DecodedAudio(sampleRate: rate, channels: Int(channels), mono: mixer.mono)
  }
}
