/// A clip whose language the main head got wrong.
public struct Mistake: Sendable, Equatable, Codable {
  /// The clip's file, its true language, its accent (empty if it has none), and the language that
  /// it was taken for.
  public var path, language, accent, predicted: String
  /// The true language's logit less the greatest other one: negative; nil if it is not known.
  @OrNull public var margin: Double?
  /// What was said.
  public var reference: String
  /// What was heard in the predicted language; nil if nothing was decoded.
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
