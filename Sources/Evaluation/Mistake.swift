/// A clip whose language the main head got wrong.
public struct Mistake: Sendable, Equatable, Codable {
  public var path, language, accent, predicted: String
  /// The true language's logit less the greatest other one: negative; nil if it is not known.
  @OrNull public var margin: Double?
  /// What was said, and what was heard in the predicted language; nil if nothing was decoded.
  public var reference: String
  @OrNull public var hypothesis: String?

  init(
    path: String, language: String, accent: String, predicted: String, margin: Double?,
    reference: String, hypothesis: String?
  ) {
    (self.path, self.language, self.accent) = (path, language, accent)
    (self.predicted, self.reference) = (predicted, reference)
    _margin = OrNull(wrappedValue: margin)
    _hypothesis = OrNull(wrappedValue: hypothesis)
  }
}

extension Mistake {
  /// The file's name.
  var clip: String { path.split(separator: "/").last.map(String.init) ?? path }
}
