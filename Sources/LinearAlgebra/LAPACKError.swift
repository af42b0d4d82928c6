/// What a LAPACK routine reported.
public enum LAPACKError: Error, Equatable, CustomStringConvertible {
  /// The matrix is not positive definite: the leading minor of this order is not.
  case notPositiveDefinite(routine: String, order: Int)
  /// An iteration inside the routine did not converge.
  case notConverged(routine: String, info: Int)
  /// The routine could not get its work space, or refused argument `-info`.
  case refused(routine: String, info: Int)

  public var description: String {
    switch self {
    case .notPositiveDefinite(let routine, let order):
      "\(routine): the matrix is not positive definite (leading minor of order \(order))"
    case .notConverged(let routine, let info):
      "\(routine): did not converge (info \(info)); look for NaN, infinite or huge values"
    case .refused(let routine, let info):
      info == -1010 || info == -1011
        ? "\(routine): not enough memory for its work space"
        : "\(routine): refused argument \(-info) (NaN in the matrix?)"
    }
  }
}
