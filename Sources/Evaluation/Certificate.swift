import Foundation
import LinearAlgebra

/// What a head's Lipschitz bounds say about perturbed embeddings (CLD, §4).
///
/// If the logit of class k is B_k-Lipschitz in the embedding, f_y − f_k is (B_y + B_k)-Lipschitz, and a
/// prediction y cannot change for a perturbation of ℓ2 norm below the least (f_y − f_k) / (B_y + B_k)
/// over the other classes. That is never less than the paper's m / (2B), of the margin m and the sum B of
/// all bounds. Radii are in the units of the embeddings.
public struct Certificate: Sendable, Equatable, Codable {
  /// A point of the curve: the share of clips, 0 … 1, that are predicted rightly and stay so under
  /// every perturbation of norm below `radius`.
  public struct Point: Sendable, Equatable, Codable {
    public let radius, accuracy: Double
  }

  /// The bound B on the variation norm: the sum of ‖v_j‖ + ‖w_j‖ over the columns of all classes.
  @OrNull public internal(set) var lipschitz: Double?
  /// The same over each class alone, B_k, in the order of the report's languages; nil in reports of
  /// version 0.1, or where it is no number.
  public internal(set) var classBounds: [Double]?
  /// How many predictions were looked at.
  public internal(set) var clips: Int
  /// Median over all of them, a wrong prediction counting as radius 0; `nil` if there are none. Half
  /// the clips are certified at this radius.
  @OrNull public internal(set) var medianRadius: Double?
  /// By rising radius, from 0 on.
  public internal(set) var certifiedAccuracy: [Point]

  private enum CodingKeys: String, CodingKey {
    case lipschitz, clips
    case classBounds = "class_lipschitz"
    case medianRadius = "median_radius"
    case certifiedAccuracy = "certified_accuracy"
  }

  /// - Parameters:
  ///   - logits: of each clip, `[n, C]`.
  ///   - labels: of each clip, the class of its true language.
  ///   - bounds: B_k ≥ 0 of each class.
  ///   - radii: where to evaluate the curve; up to forty round numbers when `nil`.
  public init(
    logits: Matrix<Float>, labels: [Int], bounds: [Double], radii: [Double]? = nil
  ) {
    let sorted = Certificate.radii(logits: logits, labels: labels, bounds: bounds).sorted()
    clips = sorted.count
    _lipschitz = OrNull(wrappedValue: bounds.reduce(0, +))
    classBounds = bounds.allSatisfy(\.isFinite) ? bounds : nil
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

  /// The radius within which class y stays the largest of `logits`; 0 where it is not the largest now.
  /// - Parameters:
  ///   - logits: of one embedding, a class each.
  ///   - y: the class.
  ///   - bounds: B_k of each class, at least two.
  public static func radius(logits: [Float], of y: Int, bounds: [Double]) -> Double {
    precondition(
      logits.count == bounds.count && logits.indices.contains(y),
      "class \(y), \(logits.count) logits, \(bounds.count) bounds")
    let radii = logits.indices.filter { $0 != y }.map { k in
      let margin = Double(logits[y]) - Double(logits[k])
      return margin > 0 ? margin / (bounds[y] + bounds[k]) : 0
    }
    // What is not a number certifies nothing, wherever it stands.
    return radii.allSatisfy { $0 > 0 && $0.isFinite } ? radii.min() ?? 0 : 0
  }

  /// `radius` of each row of logits `[n, C]` and its label.
  public static func radii(logits: Matrix<Float>, labels: [Int], bounds: [Double]) -> [Double] {
    precondition(labels.count == logits.rows, "\(labels.count) labels for \(logits.shape)")
    return labels.indices.map { radius(logits: logits.row($0), of: labels[$0], bounds: bounds) }
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
