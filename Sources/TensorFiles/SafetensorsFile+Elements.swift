/// A tensor too large to be read at once.
extension SafetensorsFile {
  /// Some elements of a floating-point tensor as `Float`, in the order of the file: float16 and bfloat16 are
  /// widened, float64 is rounded.
  /// - Precondition: the tensor is one of the file, of floating point, and has these elements.
  public func floats(of entry: TensorEntry, elements: Range<Int>) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: elements.count) { target, count in
      unsafe copyFloats(of: entry, elements: elements, into: target)
      count = elements.count
    }
  }

  /// Writes some of the elements, widened to float32, into `target`, which has as many.
  /// - Precondition: `entry` is a floating-point tensor of this file and has the elements.
  @unsafe public func copyFloats(
    of entry: TensorEntry, elements: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let size = entry.elementType.size
    precondition(
      elements.lowerBound >= 0 && elements.upperBound <= entry.elementCount
        && elements.count == target.count,
      "elements \(elements) of \(entry.shape) into \(target.count)")
    unsafe withUnsafeBytes(of: entry) { bytes in
      unsafe widen(
        UnsafeRawBufferPointer(
          rebasing: bytes[(size * elements.lowerBound)..<(size * elements.upperBound)]),
        as: entry.elementType, into: target)
    }
  }

  /// Lets go of the memory that some elements take, which have served for now.
  public func release(_ entry: TensorEntry, elements: Range<Int>) {
    let (size, start) = (entry.elementType.size, entry.bytes.lowerBound)
    file.release((start + size * elements.lowerBound)..<(start + size * elements.upperBound))
  }
}
