/// Why a pickle is not read. Each case names the file, and the byte where it applies.
public enum PickleError: Error, Equatable, CustomStringConvertible {
  /// The system cannot read the file.
  case unreadable(path: String, reason: String)
  /// Cut off, inconsistent, or larger than anything of this kind.
  case malformed(path: String, offset: Int, reason: String)
  /// An opcode that no file of this kind has.
  case opcode(path: String, offset: Int, name: String)
  /// A class or a function that no file of this kind has; it was not imported, nor called.
  case global(path: String, offset: Int, name: String)
  /// A sound pickle of something else.
  case content(path: String, reason: String)

  /// One line with the file and, where there is one, the byte.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .malformed(let path, let offset, let reason):
      "\(path): not a valid pickle: byte \(offset): \(reason)"
    case .opcode(let path, let offset, let name):
      "\(path): refused: byte \(offset): the opcode \(name) is not one that a pickled head has"
    case .global(let path, let offset, let name):
      "\(path): refused: byte \(offset): it asks for \(name), which no pickled head needs; nothing "
        + "was run"
    case .content(let path, let reason): "\(path): \(reason)"
    }
  }
}

/// What is wrong at the opcode in hand; the machine adds the file and the place.
enum PickleFault: Error {
  case malformed(String)
  case opcode(String)
  case global(String)

  func error(path: String, offset: Int) -> PickleError {
    switch self {
    case .malformed(let reason): .malformed(path: path, offset: offset, reason: reason)
    case .opcode(let name): .opcode(path: path, offset: offset, name: name)
    case .global(let name): .global(path: path, offset: offset, name: name)
    }
  }
}
