import LinearAlgebra
import TensorFiles

/// Rows of embeddings that are read block by block, and need not fit into memory.
public protocol RowSource: Sendable {
  /// n, 0 or more.
  var rows: Int { get }
  /// d, the width of an embedding.
  var columns: Int { get }
  /// The rows of `range`, of 0..<rows, `[range.count, d]`; they may lie in memory that is the file's.
  func block(_ range: Range<Int>) -> Matrix<Float>
  /// The rows of `range` have served for now.
  func release(_ range: Range<Int>)
  /// Consecutive ranges, 0..<rows together, in which the rows are read.
  var blocks: [Range<Int>] { get }
}

extension RowSource {
  /// Some 16 MiB each: large enough for BLAS, small beside any memory.
  public var blocks: [Range<Int>] {
    let size = max(64, (1 << 22) / max(columns, 1))
    return stride(from: 0, to: rows, by: size).map { $0..<min($0 + size, rows) }
  }

  /// Calls `body` on each block in order.
  public func forEachBlock(_ body: (Range<Int>, Matrix<Float>) throws -> Void) rethrows {
    for range in blocks {
      try body(range, block(range))
      release(range)
    }
  }
}

/// Rows of a matrix in a safetensors file, which stays mapped into memory: float32 is used where it lies,
/// other numbers are converted block by block.
public struct MappedRows: RowSource {
  private let file: SafetensorsFile
  private let entry: TensorEntry
  private let range: Range<Int>
  /// d, the width of the tensor.
  public let columns: Int

  /// - Parameters:
  ///   - file: the file, which stays mapped.
  ///   - entry: X in it, `[rows, d]`.
  ///   - range: the rows that are used, of those of the file.
  /// - Precondition: `entry` is a floating-point tensor `[any, any]` of the file, and has the rows.
  public init(_ file: SafetensorsFile, _ entry: TensorEntry, rows range: Range<Int>) {
    precondition(
      entry.shape.count == 2 && range.upperBound <= entry.shape[0], "\(range) of \(entry.shape)")
    (self.file, self.entry, self.range, columns) = (file, entry, range, entry.shape[1])
  }

  /// The rows that are used, of those of the file.
  public var rows: Int { range.count }

  public func block(_ rows: Range<Int>) -> Matrix<Float> {
    let elements = elements(rows)
    if let borrowed = borrow(elements) {
      return Matrix(rows: rows.count, columns: columns, borrowing: borrowed)
    }
    let widened = unsafe [Float](unsafeUninitializedCapacity: elements.count) { target, count in
      // Each thread writes its own elements.
      nonisolated(unsafe) let target = unsafe target
      Threads.concurrentRanges(count: elements.count, minimum: 1 << 16) { part in
        let first = elements.lowerBound
        unsafe file.copyFloats(
          of: entry, elements: (first + part.lowerBound)..<(first + part.upperBound),
          into: UnsafeMutableBufferPointer(rebasing: target[part]))
      }
      count = elements.count
    }
    return Matrix(rows: rows.count, columns: columns, widened)
  }

  public func release(_ rows: Range<Int>) { file.release(entry, elements: elements(rows)) }

  private func elements(_ rows: Range<Int>) -> Range<Int> {
    precondition(rows.upperBound <= self.rows, "rows \(rows) of \(self.rows)")
    let first = range.lowerBound
    return ((first + rows.lowerBound) * columns)..<((first + rows.upperBound) * columns)
  }

  /// The mapping outlives the closure: the elements own a reference to it.
  private func borrow(_ elements: Range<Int>) -> BorrowedElements<Float>? {
    guard entry.elementType == .float32 else { return nil }
    return unsafe file.withUnsafeBytes(of: entry) { bytes -> BorrowedElements<Float>? in
      let part = unsafe UnsafeRawBufferPointer(
        rebasing: bytes[(4 * elements.lowerBound)..<(4 * elements.upperBound)])
      // A header of another writer may end anywhere.
      guard let base = part.baseAddress, Int(bitPattern: base) % 4 == 0 else { return nil }
      return unsafe BorrowedElements(
        owner: file.file, elements: unsafe part.assumingMemoryBound(to: Float.self))
    }
  }
}
