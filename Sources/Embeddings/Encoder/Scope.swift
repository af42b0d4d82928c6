import LinearAlgebra
import TensorFiles

/// The tensors of a checkpoint whose names begin alike, as a module of the network sees them:
/// `scope["layers"][3]["fc1"]` reads `….layers.3.fc1.weight`.
struct Scope: Sendable {
  let checkpoint: Checkpoint
  /// What all names begin with, the last dot included.
  let prefix: String

  init(_ checkpoint: Checkpoint, prefix: String) {
    (self.checkpoint, self.prefix) = (checkpoint, prefix)
  }

  subscript(_ module: String) -> Scope {
    Scope(checkpoint, prefix: prefix + module + ".")
  }

  subscript(_ index: Int) -> Scope { self[String(index)] }

  func contains(_ name: String) -> Bool { checkpoint.contains(prefix + name) }

  /// The shape of a floating-point tensor, which must fit `wanted`; -1 there stands for any length.
  /// - Throws: `CheckpointError.tensors`: missing, another shape, not floating-point.
  func shape(of name: String, fitting wanted: [Int]) throws(CheckpointError) -> [Int] {
    try checkpoint.entry(prefix + name, shape: wanted).entry.shape
  }

  /// A tensor's elements, row-major, widened or rounded to `Float`.
  /// - Throws: `CheckpointError.tensors`: missing, another shape, not floating-point.
  func floats(_ name: String, shape: [Int]) throws(CheckpointError) -> [Float] {
    let (file, _) = try checkpoint.entry(prefix + name, shape: shape)
    do { return try file.floats(prefix + name) } catch { throw .tensors(error) }
  }

  /// A matrix. A float32 tensor is used where it lies in the mapped file; others are widened once.
  /// - Throws: `CheckpointError.tensors`: missing, another shape, not floating-point.
  func matrix(
    _ name: String, rows: Int, columns: Int
  ) throws(CheckpointError) -> Matrix<Float> {
    let (file, entry) = try checkpoint.entry(prefix + name, shape: [rows, columns])
    if entry.elementType == .float32 {
      // The mapping outlives the closure: the matrix owns a reference to it.
      let borrowed = unsafe file.withUnsafeBytes(of: entry) { bytes -> Matrix<Float>? in
        guard let base = bytes.baseAddress,
          UInt(bitPattern: base) % UInt(MemoryLayout<Float>.alignment) == 0
        else { return nil }
        let elements = unsafe UnsafeBufferPointer(
          start: base.assumingMemoryBound(to: Float.self), count: entry.elementCount)
        return unsafe Matrix(
          rows: rows, columns: columns,
          borrowing: BorrowedElements(owner: file.file, elements: elements))
      }
      if let borrowed { return borrowed }
    }
    return Matrix(rows: rows, columns: columns, try floats(name, shape: [rows, columns]))
  }
}
