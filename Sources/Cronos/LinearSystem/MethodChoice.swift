import Foundation

/// Which of the two exact-to-tolerance methods a problem goes to, and why.
///
/// Cost model, in floating-point operations (docs/solver.md §3): both need `3nd²` for K and a rotation
/// or M⁻¹, and `12·ndPC` an iteration of which four of the six products are ADMM's own. `direct` adds
/// `n²d + n²P + n³/3` once; `kronecker-pcg` has `4·ndPC` a conjugate-gradient step in place of the
/// last two products, `stepsPerSolve` of them in each iteration.
public struct MethodChoice: Sendable, Equatable {
  public let method: CronosSettings.Method
  /// One line for the log.
  public let reason: String

  /// Conjugate-gradient steps of a warm-started solve at ρ = 0.1: the table in docs/solver.md. Smaller ρ
  /// needs more, which speaks for `direct` even more.
  static let stepsPerSolve = 60.0

  /// - Parameter availableMemory: bytes that the factor may take; nil if unknown.
  init(
    samples n: Int, dimension d: Int, neurons p: Int, classes c: Int, iterations: Int,
    bytesPerElement: Int, availableMemory: Int?
  ) {
    let (nf, df, pf, cf) = (Double(n), Double(d), Double(p), Double(c))
    let product = 2 * nf * df * pf * cf
    let setup = nf * nf * df + nf * nf * pf + nf * nf * nf / 3
    let direct = setup + 6 * product * Double(iterations)
    let kronecker = (4 + 2 * Self.stepsPerSolve) * product * Double(iterations)
    // The factor, and the features and slacks that both methods keep.
    let factorBytes = Double(bytesPerElement) * nf * nf
    let otherBytes = Double(bytesPerElement) * (3 * nf * df + 4 * nf * pf * cf + 8 * df * pf * cf)
    let available = availableMemory.map { 0.8 * Double($0) } ?? .infinity
    func giga(_ x: Double) -> String { String(format: "%.3g", x * 1e-9) }
    if factorBytes + otherBytes > available {
      method = .kroneckerPCG
      reason =
        "kronecker-pcg: the factor of direct would take \(giga(factorBytes)) GB of the "
        + "\(giga(available)) GB that may be used"
    } else if direct <= kronecker {
      method = .direct
      reason =
        "direct: \(giga(direct)) GFLOP against \(giga(kronecker)) of kronecker-pcg, factor of "
        + "\(giga(factorBytes)) GB"
    } else {
      method = .kroneckerPCG
      reason =
        "kronecker-pcg: \(giga(kronecker)) GFLOP against \(giga(direct)) of direct, whose factor "
        + "does not pay for \(iterations) iterations"
    }
  }

  /// Bytes that the system says a new program may use; nil where it does not say.
  public static var availableMemory: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
    else { return nil }
    return kilobytes * 1024
  }
}
