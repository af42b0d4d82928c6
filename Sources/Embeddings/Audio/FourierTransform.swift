import Foundation

/// The discrete Fourier transform of a fixed length, a power of two, in place (Cooley and Tukey, 1965).
struct FourierTransform {
  let count: Int
  /// exp(−2πik/count) for k below count/2.
  private let cosines, sines: [Double]
  /// Where each element goes before the butterflies.
  private let order: [Int]

  /// - Precondition: `count` is a power of two, at least 2.
  init(count: Int) {
    precondition(count >= 2 && count & (count - 1) == 0, "FourierTransform: count \(count)")
    self.count = count
    let angles = (0..<(count / 2)).map { -2 * Double.pi * Double($0) / Double(count) }
    cosines = angles.map { cos($0) }
    sines = angles.map { sin($0) }
    let bits = count.trailingZeroBitCount
    order = (0..<count).map { i in
      (0..<bits).reduce(0) { $0 | ((i >> $1) & 1) << (bits - 1 - $1) }
    }
  }

  /// `X[k] = Σ_n x[n]·exp(−2πikn/count)`; of the conjugate and divided by the length, the inverse.
  /// - Precondition: both arrays have `count` elements.
  func forward(_ real: inout [Double], _ imaginary: inout [Double]) {
    precondition(
      real.count == count && imaginary.count == count,
      "FourierTransform: \(real.count) and \(imaginary.count) of \(count)")
    unsafe real.withUnsafeMutableBufferPointer { real in
      unsafe imaginary.withUnsafeMutableBufferPointer { imaginary in
        for i in 0..<count where i < order[i] {
          unsafe real.swapAt(i, order[i])
          unsafe imaginary.swapAt(i, order[i])
        }
        var half = 1
        while half < count {
          let step = count / (2 * half)
          for start in stride(from: 0, to: count, by: 2 * half) {
            for k in 0..<half {
              let (c, s) = (cosines[k * step], sines[k * step])
              let (a, b) = (start + k, start + k + half)
              let x = unsafe real[b] * c - imaginary[b] * s
              let y = unsafe real[b] * s + imaginary[b] * c
              unsafe real[b] = real[a] - x
              unsafe imaginary[b] = imaginary[a] - y
              unsafe real[a] += x
              unsafe imaginary[a] += y
            }
          }
          half *= 2
        }
      }
    }
  }
}
