internal import CSoxr

/// Changes the sample rate with libsoxr at its very high quality (28 bits, linear phase).
enum Resampler {
  struct Failure: Error {
    let reason: String
  }

  /// The same sound at another rate; the samples as they are if the rate is.
  static func resample(
    _ samples: [Float], from rate: Int, to target: Int
  ) throws(Failure) -> [Float] {
    if rate == target || samples.isEmpty { return samples }
    let capacity = Int((Double(samples.count) * Double(target) / Double(rate)).rounded(.up)) + 1
    var quality = unsafe soxr_quality_spec(UInt(SOXR_VHQ), 0)
    var runtime = unsafe soxr_runtime_spec(1)
    var failure: String?
    let resampled = unsafe [Float](unsafeUninitializedCapacity: capacity) { output, count in
      var (consumed, produced) = (0, 0)
      let error = unsafe samples.withUnsafeBufferPointer { source in
        unsafe soxr_oneshot(
          Double(rate), Double(target), 1, source.baseAddress, source.count, &consumed,
          output.baseAddress, output.count, &produced, nil, &quality, &runtime)
      }
      if let error = unsafe error { failure = unsafe String(cString: error) }
      count = failure == nil ? produced : 0
    }
    if let failure { throw Failure(reason: failure) }
    return resampled
  }
}
