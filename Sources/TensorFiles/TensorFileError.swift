/// What can be wrong with a tensor file. Each case names the file.
public enum TensorFileError: Error, Equatable, CustomStringConvertible {
  /// What the operating system says about a file that cannot be opened or mapped.
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// Content that is not of the format, or not a part of it that is read.
  case malformed(path: String, reason: String)
  case missing(path: String, tensor: String)
  /// Another shape than the caller needs; `any` in what is expected stands for any length.
  case shape(path: String, tensor: String, expected: String, found: [Int])
  /// Another element type than the caller needs.
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
