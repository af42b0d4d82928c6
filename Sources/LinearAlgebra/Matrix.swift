/// A dense row-major matrix `[rows, columns]`; (i, j) is at `i * columns + j`.
///
/// Elements are owned (copy on write), or borrowed from memory that somebody else keeps, such as a
/// memory-mapped weight file; borrowed elements are copied at the first mutation.
public struct Matrix<Scalar: BLASScalar>: Sendable {
  /// 0 or more.
  public let rows: Int
  /// 0 or more; also the distance of two rows in memory, in elements.
  public let columns: Int
  private var storage: Storage

  private enum Storage: Sendable {
    case owned([Scalar])
    case borrowed(BorrowedElements<Scalar>)
  }

  private init(rows: Int, columns: Int, storage: Storage) {
    (self.rows, self.columns, self.storage) = (rows, columns, storage)
  }

  /// - Precondition: `elements.count == rows * columns`.
  public init(rows: Int, columns: Int, _ elements: [Scalar]) {
    precondition(
      rows >= 0 && columns >= 0 && elements.count == rows * columns,
      "\(elements.count) elements for [\(rows), \(columns)]")
    (self.rows, self.columns, storage) = (rows, columns, .owned(elements))
  }

  /// A matrix filled with one value, zero unless told.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(rows: Int, columns: Int, repeating value: Scalar = 0) {
    // In parallel: a large matrix's memory is given page by page when it is first written.
    let elements = unsafe [Scalar](unsafeUninitializedCapacity: rows * columns) { target, count in
      // Each thread writes its own elements.
      nonisolated(unsafe) let target = unsafe target
      Threads.concurrentRanges(count: rows * columns, minimum: 1 << 18) { range in
        unsafe target[range].initialize(repeating: value)
      }
      count = rows * columns
    }
    self.init(rows: rows, columns: columns, elements)
  }

  /// A matrix that the caller writes before anybody reads it: zeros would touch its memory twice.
  @unsafe public init(rows: Int, columns: Int, unwritten: Void) {
    let elements = unsafe [Scalar](unsafeUninitializedCapacity: rows * columns) { _, count in
      count = rows * columns
    }
    self.init(rows: rows, columns: columns, elements)
  }

  /// A matrix over memory that `elements.owner` keeps alive; nothing is copied.
  public init(rows: Int, columns: Int, borrowing elements: BorrowedElements<Scalar>) {
    precondition(
      rows >= 0 && columns >= 0 && elements.count == rows * columns,
      "\(elements.count) elements for [\(rows), \(columns)]")
    (self.rows, self.columns, storage) = (rows, columns, .borrowed(elements))
  }

  /// A matrix whose elements `fill` writes, row by row.
  @inlinable
  public init(rows: Int, columns: Int, filledBy fill: (_ row: Int, _ column: Int) -> Scalar) {
    let elements = unsafe [Scalar](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      for i in 0..<rows {
        for j in 0..<columns { unsafe buffer[i * columns + j] = fill(i, j) }
      }
      count = rows * columns
    }
    self.init(rows: rows, columns: columns, elements)
  }

  /// The number of elements, rows·columns.
  public var count: Int { rows * columns }
  /// `[rows, columns]`.
  public var shape: [Int] { [rows, columns] }

  /// The elements in row-major order.
  public var elements: [Scalar] {
    switch storage {
    case .owned(let elements): elements
    case .borrowed(let borrowed): unsafe borrowed.withUnsafeElements { unsafe Array($0) }
    }
  }

  /// - Precondition: row in 0..<rows, column in 0..<columns.
  public subscript(row: Int, column: Int) -> Scalar {
    get {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "(\(row), \(column)) outside [\(rows), \(columns)]")
      return unsafe withUnsafeElements { unsafe $0[row * columns + column] }
    }
    set {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "(\(row), \(column)) outside [\(rows), \(columns)]")
      let index = row * columns + column
      unsafe withUnsafeMutableElements { unsafe $0[index] = newValue }
    }
  }

  /// Reads the elements in place. The pointer is valid only inside `body`.
  public func withUnsafeElements<R>(
    _ body: (UnsafeBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    switch storage {
    case .owned(let elements): try unsafe elements.withUnsafeBufferPointer(body)
    case .borrowed(let borrowed): try unsafe borrowed.withUnsafeElements(body)
    }
  }

  /// Writes the elements in place; shared or borrowed storage is copied first. The pointer is valid
  /// only inside `body`.
  public mutating func withUnsafeMutableElements<R>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    var owned: [Scalar]
    switch storage {
    case .owned(let elements): owned = elements
    case .borrowed: owned = elements
    }
    storage = .owned([])  // gives up the reference, so that a unique array is not copied
    defer { storage = .owned(owned) }
    return try unsafe owned.withUnsafeMutableBufferPointer { try unsafe body($0) }
  }

  /// A copy of row `i`, `[columns]`.
  public func row(_ i: Int) -> [Scalar] {
    precondition(i >= 0 && i < rows, "row \(i) outside [\(rows), \(columns)]")
    return unsafe withUnsafeElements { unsafe [Scalar]($0[(i * columns)..<((i + 1) * columns)]) }
  }

  /// The rows named by `indices`, in that order.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func selectingRows(_ indices: [Int]) -> Matrix {
    var selected: [Scalar] = []
    selected.reserveCapacity(indices.count * columns)
    unsafe withUnsafeElements { source in
      for i in indices {
        precondition(i >= 0 && i < rows, "row \(i) outside [\(rows), \(columns)]")
        unsafe selected.append(contentsOf: source[(i * columns)..<((i + 1) * columns)])
      }
    }
    return Matrix(rows: indices.count, columns: columns, selected)
  }

  /// The rows of `range`, `[range.count, columns]`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func selectingRows(_ range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows,
      "rows \(range) outside [\(rows), \(columns)]")
    let selected = unsafe withUnsafeElements { source in
      unsafe Array(source[(range.lowerBound * columns)..<(range.upperBound * columns)])
    }
    return Matrix(rows: range.count, columns: columns, selected)
  }

  /// The rows in consecutive ranges of at most `size`.
  public func rowBlocks(of size: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: size).map { $0..<min($0 + size, rows) }
  }

  /// The columns of `range`, `[rows, range.count]`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func selectingColumns(_ range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns,
      "columns \(range) outside [\(rows), \(columns)]")
    var selected: [Scalar] = []
    selected.reserveCapacity(rows * range.count)
    unsafe withUnsafeElements { source in
      for i in 0..<rows {
        let start = i * columns
        unsafe selected.append(
          contentsOf: source[(start + range.lowerBound)..<(start + range.upperBound)])
      }
    }
    return Matrix(rows: rows, columns: range.count, selected)
  }

  /// The same elements in another shape of as many; nothing is copied.
  public func reshaped(rows: Int, columns: Int) -> Matrix {
    precondition(rows * columns == count, "\(shape) as [\(rows), \(columns)]")
    return Matrix(rows: rows, columns: columns, storage: storage)
  }

  /// A copy with rows and columns exchanged, `[columns, rows]`.
  public var transposed: Matrix { makeTransposed() }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func makeTransposed() -> Matrix {
    let block = 32  // two blocks of 32×32 float64 stay in the first-level cache
    var result = Matrix(rows: columns, columns: rows)
    let (rows, columns) = (rows, columns)
    unsafe withUnsafeElements { source in
      unsafe result.withUnsafeMutableElements { target in
        for i0 in stride(from: 0, to: rows, by: block) {
          for j0 in stride(from: 0, to: columns, by: block) {
            for i in i0..<min(i0 + block, rows) {
              for j in j0..<min(j0 + block, columns) {
                unsafe target[j * rows + i] = source[i * columns + j]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The same numbers in another precision.
  public func converted<T: BLASScalar>(to type: T.Type = T.self) -> Matrix<T> {
    self as? Matrix<T> ?? converted(rows: 0..<rows)
  }

  /// The rows of `range` in another precision, `[range.count, columns]`.
  @specialized(where Scalar == Float, T == Double)
  @specialized(where Scalar == Double, T == Float)
  public func converted<T: BLASScalar>(
    rows range: Range<Int>, to type: T.Type = T.self
  ) -> Matrix<T> {
    if let same = self as? Matrix<T> { return same.selectingRows(range) }
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows,
      "rows \(range) outside [\(rows), \(columns)]")
    let (first, size) = (range.lowerBound * columns, range.count * columns)
    let converted = unsafe withUnsafeElements { source in
      unsafe [T](unsafeUninitializedCapacity: size) { target, count in
        // Each thread writes its own elements.
        nonisolated(unsafe) let (source, target) = unsafe (source, target)
        Threads.concurrentRanges(count: size, minimum: elementsPerThread) { range in
          for i in range { unsafe target[i] = T(source[first + i]) }
        }
        count = size
      }
    }
    return Matrix<T>(rows: range.count, columns: columns, converted)
  }
}

extension Matrix: Equatable {
  public static func == (a: Matrix, b: Matrix) -> Bool {
    a.rows == b.rows && a.columns == b.columns && a.elements == b.elements
  }
}

/// Read-only elements in memory that `owner` keeps alive and unchanged, such as a mapped file.
@safe public struct BorrowedElements<Scalar: BLASScalar>: @unchecked Sendable {
  // Unchecked: the memory is never written while `owner` lives, so any thread may read it.
  private let owner: any Sendable
  private let base: UnsafePointer<Scalar>?
  /// The number of elements.
  public let count: Int

  /// - Precondition: `elements` stays valid and unchanged as long as `owner` lives.
  public init(owner: any Sendable, elements: UnsafeBufferPointer<Scalar>) {
    self.owner = owner
    unsafe base = elements.baseAddress
    count = elements.count
  }

  func withUnsafeElements<R>(_ body: (UnsafeBufferPointer<Scalar>) throws -> R) rethrows -> R {
    try withExtendedLifetime(owner) {
      try unsafe body(UnsafeBufferPointer(start: base, count: count))
    }
  }
}
