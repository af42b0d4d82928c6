import Foundation

/// NumPy's npz: a zip archive of npy arrays, stored (`numpy.savez`) or deflated
/// (`numpy.savez_compressed`).
public struct NPZFile: Sendable {
  /// The file, or what stands for it in messages.
  public let path: String
  private let archive: ZipArchive

  /// Reads the archive's directory; arrays are unpacked when they are asked for.
  /// - Throws: `TensorFileError`.
  public init(path: String) throws(TensorFileError) {
    try self.init(data: MappedFile(path: path).data, name: path)
  }

  /// - Throws: `TensorFileError.malformed`.
  public init(data: Data, name: String) throws(TensorFileError) {
    path = name
    do throws(ZipArchive.Problem) {
      archive = try ZipArchive(data)
    } catch {
      throw .malformed(path: path, reason: error.reason)
    }
  }

  /// The arrays' names, without `.npy`, in the archive's order.
  public var names: [String] { archive.entries.map { Self.arrayName($0.name) } }

  /// - Throws: `TensorFileError`: missing, damaged, or not an npy array that is read.
  public func array(_ name: String) throws(TensorFileError) -> NPYFile {
    guard let entry = archive.entries.first(where: { Self.arrayName($0.name) == name }) else {
      throw .missing(path: path, tensor: name)
    }
    let contents: Data
    do throws(ZipArchive.Problem) {
      contents = try archive.contents(of: entry)
    } catch {
      throw .malformed(path: path, reason: error.reason)
    }
    return try NPYFile(data: contents, name: "\(path): \(name)")
  }

  /// How an array is stored (nil for text) and its shape, from its header alone.
  /// - Throws: `TensorFileError`.
  public func layout(
    _ name: String
  ) throws(TensorFileError) -> (elementType: ElementType?, shape: [Int]) {
    guard let entry = archive.entries.first(where: { Self.arrayName($0.name) == name }) else {
      throw .missing(path: path, tensor: name)
    }
    let header: NPYHeader
    do {
      header = try NPYHeader(
        Array(try archive.prefix(of: entry, NPYHeader.longest)), count: entry.size)
    } catch let error as NPYHeader.Problem {
      throw .malformed(path: "\(path): \(name)", reason: error.reason)
    } catch let error as ZipArchive.Problem {
      throw .malformed(path: path, reason: error.reason)
    } catch {
      throw .malformed(path: path, reason: "\(error)")
    }
    if case .number(let type) = header.element { return (type, header.shape) }
    return (nil, header.shape)
  }

  /// The array of the first of `names` that is there; nil if none is.
  /// - Throws: `TensorFileError`.
  public func first(of names: [String]) throws(TensorFileError) -> NPYFile? {
    guard let name = names.first(where: self.names.contains) else { return nil }
    return try array(name)
  }

  private static func arrayName(_ entry: String) -> String {
    entry.hasSuffix(".npy") ? String(entry.dropLast(4)) : entry
  }
}
