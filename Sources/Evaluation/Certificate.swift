import Foundation

/// What a head's Lipschitz bound says about perturbed embeddings (CLD, §4).
///
/// If every logit is B-Lipschitz in the embedding, a prediction with margin m = f_y − max f_k cannot
/// change for a perturbation of ℓ2 norm below m / (2B). Radii are in the units of the embeddings.
public struct Certificate: Sendable, Equatable, Codable {
  /// A point of the curve: the share of clips, 0 … 1, that are predicted rightly and stay so under
  /// every perturbation of norm below `radius`.
  public struct Point: Sendable, Equatable, Codable {
    public let radius, accuracy: Double
  }

  /// The bound B on the variation norm: the sum of ‖v_j‖ + ‖w_j‖ over the columns of all classes.
  @OrNull public internal(set) var lipschitz: Double?
  /// How many predictions were looked at.
  public internal(set) var clips: Int
  /// Median over all of them, a wrong prediction counting as radius 0; `nil` if there are none. Half
  /// the clips are certified at this radius.
  @OrNull public internal(set) var medianRadius: Double?
  /// By rising radius, from 0 on.
  public internal(set) var certifiedAccuracy: [Point]

  private enum CodingKeys: String, CodingKey {
    case lipschitz, clips
    case medianRadius = "median_radius"
    case certifiedAccuracy = "certified_accuracy"
  }

  /// - Parameters:
  ///   - margins: of each clip, its true language's logit less the greatest other one: positive for
  ///     a right prediction, negative for a wrong one.
  ///   - lipschitz: the bound B ≥ 0.
  ///   - radii: where to evaluate the curve; up to forty round numbers when `nil`.
  public init(margins: [Float], lipschitz: Double, radii: [Double]? = nil) {
    self.init(
      radiiOfClips: Certificate.radii(margins: margins, lipschitz: lipschitz),
      lipschitz: lipschitz, radii: radii)
  }

  /// For radii from a sharper bound than 2B, such as B_y + B_k of each pair of classes.
  /// - Parameters:
  ///   - radiiOfClips: of each clip, 0 where the prediction is wrong.
  ///   - lipschitz: the bound B, reported as it is.
  ///   - radii: where to evaluate the curve; up to forty round numbers when `nil`.
  public init(radiiOfClips: [Double], lipschitz: Double, radii: [Double]? = nil) {
    let sorted = radiiOfClips.map { $0 > 0 ? $0 : 0 }.sorted()
    clips = sorted.count
    _lipschitz = OrNull(wrappedValue: lipschitz)
    let middle = sorted.count / 2
    let median: Double? =
      sorted.isEmpty
      ? nil
      : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    _medianRadius = OrNull(wrappedValue: median)
    let points =
      radii?.filter(\.isFinite).sorted()
      ?? Certificate.roundRadii(upTo: sorted.last ?? 0, steps: 40)
    certifiedAccuracy =
      sorted.isEmpty
      ? []
      : points.map { radius in
        let certified = sorted.count { $0 > 0 && $0 >= radius }
        return Point(radius: radius, accuracy: Double(certified) / Double(sorted.count))
      }
  }

  /// The radius m / (2B) within which a prediction of margin m cannot change: 0 for a margin that is
  /// not positive.
  public static func radius(margin: Float, lipschitz: Double) -> Double {
    margin > 0 ? Double(margin) / (2 * lipschitz) : 0
  }

  /// `radius` of each margin.
  public static func radii(margins: [Float], lipschitz: Double) -> [Double] {
    margins.map { radius(margin: $0, lipschitz: lipschitz) }
  }

  /// From 0 in at most `steps` equal steps of 1, 2 or 5 times a power of ten to `largest` or just
  /// past it; only 0 when that is not a positive number.
  static func roundRadii(upTo largest: Double, steps: Int = 10) -> [Double] {
    guard largest > 1e-300, largest.isFinite else { return [0] }
    // largest / 10^exponent is between `steps` and ten times that.
    let exponent = Int(log10(largest / Double(steps)).rounded(.down))
    let power = pow(10, Double(abs(exponent)))
    // Divides by a positive power of ten, so that 0.3 is the double that prints as 0.3.
    func scaled(_ count: Int) -> Double {
      exponent < 0 ? Double(count) / power : Double(count) * power
    }
    let step = [1, 2, 5].first { scaled(steps * $0) >= largest } ?? 10
    return [0] + (0..<steps).prefix { scaled($0 * step) < largest }.map { scaled(($0 + 1) * step) }
  }
}
