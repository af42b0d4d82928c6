import Foundation

#if RubberBand
  internal import CRubberband
#endif

/// Changes speed and pitch independently with the Rubber Band library (its finer engine, offline). A
/// build without the package's trait of that name cannot.
public enum TimeStretch {
  /// Whether this build has the library.
  public static var isAvailable: Bool {
    #if RubberBand
      true
    #else
      false
    #endif
  }

  struct Failure: Error {
    let reason: String
  }

  /// - Parameters:
  ///   - rate: above 1, the sound is faster and shorter.
  ///   - semitones: how much higher it is.
  /// - Precondition: `isAvailable`, or nothing to change.
  /// - Throws: `Failure` where the library cannot be set up, for want of memory.
  static func applied(
    to waveform: Waveform, rate: Double, semitones: Double
  ) throws(Failure) -> Waveform {
    guard rate != 1 || semitones != 0, !waveform.samples.isEmpty else { return waveform }
    #if RubberBand
      // One thread: the clips themselves are worked on side by side.
      let options =
        RubberBandOptionProcessOffline.rawValue | RubberBandOptionEngineFiner.rawValue
        | RubberBandOptionThreadingNever.rawValue | RubberBandOptionPitchHighQuality.rawValue
      guard
        let state = unsafe rubberband_new(
          UInt32(Waveform.sampleRate), 1, RubberBandOptions(options), 1 / rate,
          pow(2, semitones / 12)
        )
      else { throw Failure(reason: "Rubber Band cannot be set up; there may be too little memory") }
      defer { unsafe rubberband_delete(state) }
      let count = waveform.samples.count
      unsafe rubberband_set_expected_input_duration(state, UInt32(count))
      unsafe rubberband_set_max_process_size(state, UInt32(block))

      var output: [Float] = []
      output.reserveCapacity(Int(Double(count) / rate) + block)
      // Offline, all is looked at once before any of it is changed.
      for isStudying in [true, false] {
        for start in stride(from: 0, to: count, by: block) {
          let length = min(block, count - start)
          let isLast: Int32 = start + length == count ? 1 : 0
          unsafe waveform.samples.withUnsafeBufferPointer { samples in
            var input = unsafe samples.baseAddress.map { unsafe $0 + start }
            if isStudying {
              unsafe rubberband_study(state, &input, UInt32(length), isLast)
            } else {
              unsafe rubberband_process(state, &input, UInt32(length), isLast)
            }
          }
          if !isStudying { unsafe retrieve(state, into: &output) }
        }
      }
      return Waveform(samples: output)
    #else
      preconditionFailure("built without Rubber Band: rate \(rate), \(semitones) semitones")
    #endif
  }

  #if RubberBand
    private static let block = 4096

    private static func retrieve(_ state: RubberBandState, into output: inout [Float]) {
      while true {
        let available = Int(unsafe rubberband_available(state))
        guard available > 0 else { return }
        let samples = unsafe [Float](unsafeUninitializedCapacity: available) { target, count in
          var pointer = target.baseAddress
          count = Int(unsafe rubberband_retrieve(state, &pointer, UInt32(available)))
        }
        guard !samples.isEmpty else { return }
        output += samples
      }
    }
  #endif
}
