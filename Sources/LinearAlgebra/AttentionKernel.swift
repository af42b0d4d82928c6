private typealias Sixteen = SIMD16<Float>

/// Rows of queries that are worked on together: six rows of sixteen scores fill twelve of AVX2's sixteen
/// registers, and leave room for the keys.
private let blockRows = 6

/// `output ← softmax(scale·Q·Kᵀ)·V` for one head: Q `[count, size]`, K and V `[length, size]`, output
/// `[count, size]`.
///
/// Keys and values are packed once a call, and six rows of scores are used while they are in the cache:
/// BLAS would pack everything anew for each block of queries, whose larger blocks of scores leave it.
///
/// As in `unsafeExponentialRows`, a score of NaN or +∞ makes the query's row NaN.
/// - Parameters:
///   - stride: the row stride of queries, keys and values.
///   - scale: 1/√size, as a rule.
///   - outputStride: the row stride of the output.
/// - Precondition: `length > 0`, `size > 0`, `scale > 0`; the buffers hold the blocks that the sizes and
///   strides name, and the output overlaps none of the others.
@unsafe public func unsafeAttention(
  queries: UnsafePointer<Float>, count: Int, keys: UnsafePointer<Float>,
  values: UnsafePointer<Float>, length: Int, size: Int, stride: Int, scale: Float,
  into output: UnsafeMutablePointer<Float>, outputStride: Int
) {
  precondition(
    count >= 0 && length > 0 && size > 0 && min(stride, outputStride) >= size,
    "attention: \(count) queries, \(length) keys of \(size), strides \(stride), \(outputStride)")
  FLOPCounter.add(4 * count * length * size)
  // Both are padded to whole panels of sixteen.
  let (columns, width) = (wholePanels(length), wholePanels(size))
  let packed = columns * size + width * length
  let elements = packed + blockRows * (columns + size + width + 1)
  // Aligned, so that no load of a panel crosses a cache line, as long as the largest register.
  unsafe withUnsafeTemporaryAllocation(
    byteCount: elements * MemoryLayout<Float>.stride, alignment: MemoryLayout<Sixteen>.alignment
  ) {
    guard let keyPanels = unsafe $0.bindMemory(to: Float.self).baseAddress else { return }
    let valuePanels = unsafe keyPanels + columns * size
    unsafe packKeys(keys, length: length, size: size, stride: stride, into: keyPanels)
    unsafe packValues(values, length: length, size: size, stride: stride, into: valuePanels)
    let scores = unsafe keyPanels + packed
    let products = unsafe scores + blockRows * columns
    let rows = unsafe products + blockRows * width
    let sums = unsafe rows + blockRows * size

    for first in Swift.stride(from: 0, to: count, by: blockRows) {
      let kept = min(blockRows, count - first)
      for i in 0..<blockRows {
        // A last block of fewer rows is filled with its last one, whose scores then go unused.
        let row = first + min(i, kept - 1)
        unsafe (rows + i * size).update(from: queries + row * stride, count: size)
      }
      for column in Swift.stride(from: 0, to: columns, by: 16) {
        unsafe multiply(
          rows, stride: size, count: size, keyPanels + column * size, into: scores + column,
          stride: columns)
      }
      unsafe unsafeExponentialRows(
        scores, rows: kept, columns: length, stride: columns, scale: scale, sums: sums)
      for column in Swift.stride(from: 0, to: width, by: 16) {
        unsafe multiply(
          scores, stride: columns, count: length, valuePanels + column * length,
          into: products + column, stride: width)
      }
      // The softmax's division, on `size` columns instead of `length`.
      for i in 0..<kept {
        let factor = unsafe 1 / sums[i]
        let source = unsafe products + i * width
        let target = unsafe output + (first + i) * outputStride
        for j in 0..<size { unsafe target[j] = source[j] * factor }
      }
    }
  }
}

/// The next multiple of 16.
private func wholePanels(_ count: Int) -> Int { (count + 15) & ~15 }

/// Panels of sixteen keys, each `[size, 16]`: key k's element j is at `(k / 16 * size + j) * 16 + k % 16`.
/// The last panel is filled with the last key; nobody reads those scores.
private func packKeys(
  _ keys: UnsafePointer<Float>, length: Int, size: Int, stride: Int,
  into panels: UnsafeMutablePointer<Float>
) {
  for key in 0..<wholePanels(length) {
    let source = unsafe keys + min(key, length - 1) * stride
    let target = unsafe panels + key / 16 * size * 16 + key % 16
    for j in 0..<size { unsafe target[16 * j] = source[j] }
  }
}

/// Panels of sixteen columns, each `[length, 16]`; columns of 0 fill the last.
private func packValues(
  _ values: UnsafePointer<Float>, length: Int, size: Int, stride: Int,
  into panels: UnsafeMutablePointer<Float>
) {
  for column in Swift.stride(from: 0, to: size, by: 16) {
    let panel = unsafe panels + column * length
    for row in 0..<length {
      let lanes = unsafe Sixteen(values + row * stride + column, count: size - column)
      unsafe lanes.store(panel + 16 * row)
    }
  }
}

/// `multiplyBlock`, but by BLAS in debug builds, where loops of vectors take several hundred times as long
/// and tests of whole encoders would take minutes. Everything around it is the same.
@inline(__always)
private func multiply(
  _ a: UnsafePointer<Float>, stride: Int, count: Int, _ b: UnsafePointer<Float>,
  into c: UnsafeMutablePointer<Float>, stride cStride: Int
) {
  #if DEBUG
    unsafe Float._gemm(false, false, blockRows, 16, count, 1, a, stride, b, 16, 0, c, cStride)
  #else
    unsafe multiplyBlock(a, stride: stride, count: count, b, into: c, stride: cStride)
  #endif
}

/// `c ← a·b`: a `[6, count]` with row stride `stride`, b `[count, 16]` without gaps, c `[6, 16]` with row
/// stride `cStride`. The sums stay in registers.
func multiplyBlock(
  _ a: UnsafePointer<Float>, stride: Int, count: Int, _ b: UnsafePointer<Float>,
  into c: UnsafeMutablePointer<Float>, stride cStride: Int
) {
  var (c0, c1, c2) = (Sixteen(), Sixteen(), Sixteen())
  var (c3, c4, c5) = (Sixteen(), Sixteen(), Sixteen())
  let (a1, a2, a3) = unsafe (a + stride, a + 2 * stride, a + 3 * stride)
  let (a4, a5) = unsafe (a + 4 * stride, a + 5 * stride)
  for k in 0..<count {
    let x = unsafe Sixteen(b + 16 * k)
    unsafe c0.accumulate(x, a[k])
    unsafe c1.accumulate(x, a1[k])
    unsafe c2.accumulate(x, a2[k])
    unsafe c3.accumulate(x, a3[k])
    unsafe c4.accumulate(x, a4[k])
    unsafe c5.accumulate(x, a5[k])
  }
  unsafe c0.store(c)
  unsafe c1.store(c + cStride)
  unsafe c2.store(c + 2 * cStride)
  unsafe c3.store(c + 3 * cStride)
  unsafe c4.store(c + 4 * cStride)
  unsafe c5.store(c + 5 * cStride)
}

extension SIMD16<Float> {
  /// `self ← self + x·a`, in one operation where the build has it.
  @inline(__always)
  fileprivate mutating func accumulate(_ x: Self, _ a: Float) {
    if hasFusedMultiplyAdd { addProduct(x, a) } else { self += x * a }
  }
}
