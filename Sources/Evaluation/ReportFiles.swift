import Foundation

extension RunReport {
  /// Reads a `report.json`.
  /// - Throws: `EvaluationError`, which names the file and, if it is no report, the key.
  public init(contentsOfJSON path: String) throws(EvaluationError) {
    let data = try contents(of: path)
    do {
      self = try JSONDecoder().decode(RunReport.self, from: data)
    } catch {
      throw .malformed(path: path, reason: reason(error))
    }
  }

  /// Writes `report.json`, whole or not at all.
  public func writeJSON(to path: String) throws(EvaluationError) {
    let text: String
    do {
      text = try json()
    } catch {
      throw .unwritable(path: path, reason: reason(error))
    }
    try writeAtomically(text, to: path)
  }

  /// Writes `report.md`, whole or not at all.
  public func writeMarkdown(to path: String) throws(EvaluationError) {
    try writeAtomically(markdown, to: path)
  }
}

extension RunReport {
  /// Writes `report.html`, whole or not at all.
  public func writeHTML(to path: String) throws(EvaluationError) {
    try writeAtomically(html, to: path)
  }
}

extension PredictionsTable {
  /// Writes `predictions.tsv`, whole or not at all.
  public func write(to path: String) throws(EvaluationError) {
    try writeAtomically(text, to: path)
  }
}

func contents(of path: String) throws(EvaluationError) -> Data {
  do {
    return try Data(contentsOf: URL(fileURLWithPath: path))
  } catch {
    throw .unreadable(path: path, reason: reason(error))
  }
}

private func writeAtomically(_ text: String, to path: String) throws(EvaluationError) {
  try writeAtomically(Data(text.utf8), to: path)
}

func writeAtomically(_ data: Data, to path: String) throws(EvaluationError) {
  do {
    try data.write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw .unwritable(path: path, reason: reason(error))
  }
}

/// One line on what went wrong: where in the JSON, or what the operating system says.
private func reason(_ error: any Error) -> String {
  func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? "" : "at '\(path)': "
  }
  let text =
    switch error as? DecodingError {
    case .keyNotFound(let key, let context): "\(place(context))no key '\(key.stringValue)'"
    case .valueNotFound(_, let context), .typeMismatch(_, let context),
      .dataCorrupted(let context):
      place(context) + context.debugDescription
    default: systemReason(error)
    }
  return text.split(whereSeparator: \.isNewline).joined(separator: " ")
}

/// The words of the error that lies beneath, without the sentence that Foundation puts in front.
private func systemReason(_ error: any Error) -> String {
  let cause = (error as? CocoaError)?.underlying ?? error
  let general = "The operation could not be completed. "
  let words = cause.localizedDescription
  return words.hasPrefix(general) ? String(words.dropFirst(general.count)) : words
}
