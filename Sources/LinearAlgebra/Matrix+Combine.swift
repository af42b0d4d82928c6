extension Matrix {
  /// Replaces each element `a` by `combine(a, b)` with the element b of the same place.
  @inlinable
  public mutating func combine(
    _ other: Matrix, _ combine: @Sendable (Scalar, Scalar) -> Scalar
  ) {
    precondition(shape == other.shape, "combine: \(shape) and \(other.shape)")
    unsafe other.withUnsafeElements { b in
      unsafe withUnsafeMutableElements { a in
        // Each thread writes its own elements.
        nonisolated(unsafe) let (a, b) = unsafe (a, b)
        unsafe Threads.concurrentRanges(count: a.count, minimum: elementsPerThread) { range in
          for i in range { unsafe a[i] = combine(a[i], b[i]) }
        }
      }
    }
  }

  /// Takes the elements of another of the same shape, in its own memory.
  @inlinable
  public mutating func copyElements(of other: Matrix) { combine(other) { _, new in new } }

  /// A new matrix with each element transformed: all threads write its memory for the first time.
  @inlinable
  public func mapped(_ transform: @Sendable (Scalar) -> Scalar) -> Matrix {
    var mapped = unsafe Matrix(rows: rows, columns: columns, unwritten: ())
    unsafe withUnsafeElements { source in
      unsafe mapped.withUnsafeMutableElements { target in
        // Each thread writes its own elements.
        nonisolated(unsafe) let (source, target) = unsafe (source, target)
        unsafe Threads.concurrentRanges(count: source.count, minimum: elementsPerThread) { range in
          for i in range { unsafe target[i] = transform(source[i]) }
        }
      }
    }
    return mapped
  }

  /// Replaces each element.
  @inlinable
  public mutating func apply(_ transform: @Sendable (Scalar) -> Scalar) {
    unsafe withUnsafeMutableElements { a in
      nonisolated(unsafe) let a = unsafe a
      unsafe Threads.concurrentRanges(count: a.count, minimum: elementsPerThread) { range in
        for i in range { unsafe a[i] = transform(a[i]) }
      }
    }
  }
}
