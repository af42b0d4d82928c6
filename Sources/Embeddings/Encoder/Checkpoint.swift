import Foundation
import LinearAlgebra
import Synchronization
import TensorFiles

/// The weights of a network: the tensors of one or several safetensors files, mapped into memory.
///
/// What is read is remembered, so that a loader can see at its end that nothing is left over.
final class Checkpoint: Sendable {
  /// The file, or the index file, that stands for the whole in errors.
  let path: String
  private let files: [SafetensorsFile]
  /// In which of `files` a tensor is.
  private let locations: [String: Int]
  private let read = Mutex<Set<String>>([])

  /// Opens a Hugging Face folder: `model.safetensors`, or the shards that
  /// `model.safetensors.index.json` lists.
  /// - Throws: `CheckpointError`: no weights, a damaged file, an index that names what is not there
  ///   or leaves out what is.
  convenience init(folder: String) throws(CheckpointError) {
    let single = folder + "/model.safetensors"
    let index = folder + "/model.safetensors.index.json"
    if FileManager.default.fileExists(atPath: single) {
      try self.init(file: single)
    } else if FileManager.default.fileExists(atPath: index) {
      try self.init(index: index, folder: folder)
    } else {
      throw .noWeights(folder: folder)
    }
  }

  /// Opens one file of tensors.
  /// - Throws: `CheckpointError.tensors`.
  init(file path: String) throws(CheckpointError) {
    let file = try Self.open(path)
    self.path = path
    files = [file]
    locations = Dictionary(uniqueKeysWithValues: file.names.map { ($0, 0) })
  }

  private init(index path: String, folder: String) throws(CheckpointError) {
    let map = try JSONFile.decode(ShardIndex.self, from: path).weightMap
    let shards = Set(map.values).sorted()
    var files: [SafetensorsFile] = []
    for shard in shards { files.append(try Self.open(folder + "/" + shard)) }
    let places = Dictionary(uniqueKeysWithValues: zip(shards, shards.indices))
    let locations = map.compactMapValues { places[$0] }
    for (name, place) in locations.sorted(by: { $0.key < $1.key })
    where files[place].entry(name) == nil {
      throw .tensors(.missing(path: files[place].path, tensor: name))
    }
    for (place, shard) in shards.enumerated() {
      if let unlisted = files[place].names.first(where: { locations[$0] != place }) {
        throw .configuration(
          file: path, key: ShardIndex.CodingKeys.weightMap.rawValue,
          reason: "is without '\(unlisted)': needs every tensor of \(shard)")
      }
    }
    (self.path, self.files, self.locations) = (path, files, locations)
  }

  private struct ShardIndex: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey {
      case weightMap = "weight_map"
    }
  }

  private static func open(_ path: String) throws(CheckpointError) -> SafetensorsFile {
    do { return try SafetensorsFile(path: path) } catch { throw .tensors(error) }
  }

  func contains(_ name: String) -> Bool { locations[name] != nil }

  /// SHA-256 of the weights: the file's own, or that of the list of the shards' digests.
  func digest() -> String {
    let digests = files.map { SHA256Digest.hex(of: $0.file) }
    if digests.count == 1 { return digests[0] }
    return SHA256Digest.hex(of: Array(digests.joined(separator: "\n").utf8))
  }

  /// The tensors whose names begin with `prefix`.
  func scope(_ prefix: String) -> Scope { Scope(self, prefix: prefix) }

  /// - Throws: `CheckpointError.unread` if tensors were never read whose names are not among
  ///   `exceptions` and begin with none of `exceptPrefixes`.
  func requireAllRead(
    except exceptions: Set<String> = [], exceptPrefixes: [String] = []
  ) throws(CheckpointError) {
    let seen = read.withLock { $0 }
    let rest = locations.keys.filter { name in
      !seen.contains(name) && !exceptions.contains(name)
        && !exceptPrefixes.contains { name.hasPrefix($0) }
    }
    guard rest.isEmpty else { throw .unread(file: path, tensors: rest.sorted()) }
  }

  /// A floating-point tensor's place, checked for its shape and marked as read.
  func entry(
    _ name: String, shape: [Int]
  ) throws(CheckpointError) -> (file: SafetensorsFile, entry: TensorEntry) {
    guard let location = locations[name] else {
      throw .tensors(.missing(path: path, tensor: name))
    }
    let file = files[location]
    do {
      let entry = try file.entry(name, shape: shape, of: ElementType.floatingPoint)
      read.withLock { _ = $0.insert(name) }
      return (file, entry)
    } catch {
      throw .tensors(error)
    }
  }
}
