extension Matrix {
  /// Replaces each element `a` by `combine(a, b)` with the element b of the same place.
  @inlinable
  public mutating func combine(_ other: Matrix, _ combine: (Scalar, Scalar) -> Scalar) {
    precondition(shape == other.shape, "combine: \(shape) and \(other.shape)")
    unsafe other.withUnsafeElements { b in
      unsafe withUnsafeMutableElements { a in
        for i in a.indices { unsafe a[i] = combine(a[i], b[i]) }
      }
    }
  }

  /// Replaces each element.
  @inlinable
  public mutating func apply(_ transform: (Scalar) -> Scalar) {
    unsafe withUnsafeMutableElements { a in
      for i in a.indices { unsafe a[i] = transform(a[i]) }
    }
  }
}
