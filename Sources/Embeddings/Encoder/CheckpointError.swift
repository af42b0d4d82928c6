import TensorFiles

/// What can be wrong with a checkpoint's folder. Each case names the file.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// Neither weights in one file nor an index of several.
  case noWeights(folder: String)
  /// A tensor file that is damaged, or a tensor that is missing or misshapen.
  case tensors(TensorFileError)
  /// Tensors that nothing reads: the weights are for another network than the configuration.
  case unread(file: String, tensors: [String])
  /// A file that cannot be opened.
  case unreadable(file: String, reason: String)
  /// A file that should hold a JSON object.
  case notJSON(file: String, reason: String)
  /// A key that is missing, of the wrong type, or out of range; the reason says what it is and
  /// what is needed, as in "is 8000: needs 16000".
  case configuration(file: String, key: String, reason: String)

  /// One line.
  public var description: String {
    switch self {
    case .noWeights(let folder):
      "\(folder): has neither model.safetensors nor model.safetensors.index.json; convert its "
        + "weights to safetensors first"
    case .tensors(let error): error.description
    case .unread(let file, let tensors):
      "\(file): does not fit the configuration: \(tensors.count) tensors are left over, "
        + "such as '\(tensors.first ?? "")'"
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .notJSON(let file, let reason): "\(file): \(reason)"
    case .configuration(let file, let key, let reason): "\(file): \(key) \(reason)"
    }
  }
}
