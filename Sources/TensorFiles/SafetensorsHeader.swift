import Foundation

/// The JSON header of a safetensors file, checked against the file's size: known element types,
/// byte counts that equal shape × element, spans that cover the data without hole or overlap.
struct SafetensorsHeader {
  let metadata: [String: String]
  /// By name; byte ranges are absolute in the file.
  let entries: [String: TensorEntry]

  private static let maximumLength = 100_000_000

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(TensorFileError) {
    func malformed(_ reason: String) -> TensorFileError { .malformed(path: path, reason: reason) }
    guard bytes.count >= 8 else { throw malformed("\(bytes.count) bytes, shorter than a header") }
    let length = unsafe UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.maximumLength), Int(length) <= bytes.count - 8 else {
      throw malformed("header of \(length) bytes announced in a file of \(bytes.count)")
    }
    let start = 8 + Int(length)
    let json = unsafe Array(bytes[8..<start])
    guard json.first == UInt8(ascii: "{") else { throw malformed("the header is not an object") }
    let object: [String: Any]
    do {
      let parsed = try JSONSerialization.jsonObject(with: Data(json))
      guard let dictionary = parsed as? [String: Any] else {
        throw malformed("the header is not an object")
      }
      object = dictionary
    } catch let error as TensorFileError {
      throw error
    } catch {
      throw malformed("the header is not JSON")
    }
    guard Self.topLevelKeyCount(json) == object.count else { throw malformed("duplicate names") }

    var metadata: [String: String] = [:]
    var entries: [String: TensorEntry] = [:]
    for (name, value) in object {
      if name == "__metadata__" {
        guard let strings = value as? [String: String] else {
          throw malformed("__metadata__ is not a map of strings")
        }
        metadata = strings
      } else {
        entries[name] = try Self.entry(
          name, value, dataStart: start, dataCount: bytes.count - start, path: path)
      }
    }
    var end = start
    for entry in entries.values.sorted(by: {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }) {
      guard entry.bytes.lowerBound == end else {
        throw malformed(
          "'\(entry.name)' begins at byte \(entry.bytes.lowerBound), not at \(end): a "
            + (entry.bytes.lowerBound < end ? "overlap" : "hole"))
      }
      end = entry.bytes.upperBound
    }
    guard end == bytes.count else {
      throw malformed("\(bytes.count - end) bytes after the last tensor")
    }
    (self.metadata, self.entries) = (metadata, entries)
  }

  private static func entry(
    _ name: String, _ value: Any, dataStart: Int, dataCount: Int, path: String
  ) throws(TensorFileError) -> TensorEntry {
    func malformed(_ reason: String) -> TensorFileError {
      .malformed(path: path, reason: "'\(name)': \(reason)")
    }
    guard let fields = value as? [String: Any], let dtype = fields["dtype"] as? String,
      let shapeNumbers = fields["shape"] as? [NSNumber],
      let offsets = fields["data_offsets"] as? [NSNumber], offsets.count == 2
    else { throw malformed("needs dtype, shape and two data_offsets") }
    guard let elementType = ElementType(rawValue: dtype) else {
      throw malformed("unknown dtype \(dtype)")
    }
    let shape = shapeNumbers.map(\.intValue)
    let (begin, end) = (offsets[0].intValue, offsets[1].intValue)
    let exact = zip(shapeNumbers + offsets, shape + [begin, end]).allSatisfy {
      $0.doubleValue == Double($1) && $1 >= 0
    }
    guard exact else { throw malformed("shape and offsets must be whole numbers from 0") }
    guard begin <= end, end <= dataCount else {
      throw malformed("bytes \(begin)..<\(end) of \(dataCount)")
    }
    var expected = elementType.size
    for side in shape {
      let (product, overflow) = expected.multipliedReportingOverflow(by: side)
      guard !overflow else { throw malformed("shape \(shape) overflows") }
      expected = product
    }
    guard expected == end - begin else {
      throw malformed("shape \(shape) of \(dtype) takes \(expected) bytes, not \(end - begin)")
    }
    return TensorEntry(
      name: name, elementType: elementType, shape: shape,
      bytes: (dataStart + begin)..<(dataStart + end))
  }

  /// How many keys the outermost object has, duplicates counted: what a JSON reader that keeps one
  /// of two equal keys cannot tell.
  private static func topLevelKeyCount(_ json: [UInt8]) -> Int {
    var (depth, keys, inString, escaped) = (0, 0, false, false)
    for byte in json {
      if inString {
        if escaped {
          escaped = false
        } else if byte == UInt8(ascii: "\\") {
          escaped = true
        } else if byte == UInt8(ascii: "\"") {
          inString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): inString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1: keys += 1
      default: break
      }
    }
    return keys
  }
}
