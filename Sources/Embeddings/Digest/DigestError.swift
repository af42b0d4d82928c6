/// Why a file has no digest. Each case names the file.
public enum DigestError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)

  public var path: String {
    switch self {
    case .unreadable(let path, _): path
    }
  }

  /// What is wrong, without the path.
  public var reason: String {
    switch self {
    case .unreadable(_, let reason): "cannot be read: \(reason)"
    }
  }

  public var description: String { "\(path): \(reason)" }
}
