import Cronos
import LinearAlgebra

/// Rows that a report is of, wherever they are.
extension LabelledEmbeddings {
  /// The head's logits of all rows, `[n, C]`.
  func logits(of head: any LanguageHead) -> Matrix<Float> {
    guard let source else { return head.logits(features) }
    var elements: [Float] = []
    elements.reserveCapacity(count * head.languages.count)
    source.forEachBlock { _, block in elements += head.logits(block).elements }
    return Matrix(rows: count, columns: head.languages.count, elements)
  }

  /// Rows in even steps, all of them where they are in memory: those that a map shows.
  var shownRows: [Int] {
    let limit = source == nil ? count : 10_000
    return Array(stride(from: 0, to: count, by: max(1, (count + limit - 1) / max(limit, 1))))
  }

  /// The rows named, `[count, d]`.
  func selectingRows(_ rows: [Int]) -> Matrix<Float> {
    guard let source else {
      return rows == Array(0..<count) ? features : features.selectingRows(rows)
    }
    return Matrix(
      rows: rows.count, columns: dimension,
      rows.flatMap { source.block($0..<($0 + 1)).elements })
  }
}
