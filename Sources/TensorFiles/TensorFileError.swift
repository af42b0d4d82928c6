/// What can be wrong with a tensor file. Each case names the file.
public enum TensorFileError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  case malformed(path: String, reason: String)
  case missing(path: String, tensor: String)
  case shape(path: String, tensor: String, expected: String, found: [Int])
  case elementType(path: String, tensor: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    case .malformed(let path, let reason): "\(path): not a valid tensor file: \(reason)"
    case .missing(let path, let tensor): "\(path): has no tensor '\(tensor)'"
    case .shape(let path, let tensor, let expected, let found):
      "\(path): '\(tensor)': expected shape \(expected), found \(found)"
    case .elementType(let path, let tensor, let expected, let found):
      "\(path): '\(tensor)': expected \(expected), found \(found)"
    }
  }
}
