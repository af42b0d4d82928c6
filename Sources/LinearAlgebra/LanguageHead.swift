/// What every head answers to, ours and its rivals: scores of languages for pooled embeddings.
public protocol LanguageHead: Sendable {
  /// Class k is `languages[k]`, `[C]`.
  var languages: [String] { get }
  /// d, the width of the embeddings that the head was trained on.
  var dimension: Int { get }

  /// Logits of the rows of `embeddings` `[n, d]`: `[n, C]`; the largest is the prediction.
  /// - Precondition: the width is `dimension`.
  func logits(_ embeddings: Matrix<Float>) -> Matrix<Float>
}
