import Foundation

/// The directory of a zip archive (APPNOTE 6.3, zip64 included), and its entries as bytes. Every place
/// and size that the archive states is compared with the file before it is used.
struct ZipArchive {
  struct Entry {
    let name: String
    fileprivate let isDeflated: Bool
    fileprivate let checksum: UInt32
    fileprivate let packed: Range<Int>
    let size: Int
  }

  /// What is wrong with an archive or an entry.
  struct Problem: Error {
    let reason: String
  }

  let entries: [Entry]
  private let data: Data

  init(_ data: Data) throws(Problem) {
    self.data = data
    let bytes = ZipBytes(data: data)
    guard let end = bytes.endOfDirectory else {
      throw Problem(reason: "it has no directory of a zip archive, as if cut off; copy it again")
    }
    var (count, size, start) = (
      try bytes.number(2, at: end + 10), try bytes.number(4, at: end + 12),
      try bytes.number(4, at: end + 16)
    )
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      let locator = end - 20
      guard try bytes.number(4, at: locator) == 0x0706_4B50 else {
        throw Problem(reason: "its zip64 directory is missing")
      }
      let wide = try bytes.number(8, at: locator + 8)
      guard try bytes.number(4, at: wide) == 0x0606_4B50 else {
        throw Problem(reason: "its zip64 directory is missing")
      }
      (count, size, start) = (
        try bytes.number(8, at: wide + 32), try bytes.number(8, at: wide + 40),
        try bytes.number(8, at: wide + 48)
      )
    }
    // A record of the directory has 46 bytes or more.
    guard start <= end, size <= end - start, count <= size / 46 else {
      throw Problem(reason: "its directory lies outside the file")
    }
    var entries: [Entry] = []
    var names: Set<String> = []
    var position = start
    for _ in 0..<count {
      let entry = try Self.entry(bytes, at: &position)
      guard names.insert(entry.name).inserted else {
        throw Problem(reason: "it has two entries '\(entry.name)'")
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  private static func entry(
    _ bytes: ZipBytes, at position: inout Int
  ) throws(Problem) -> Entry {
    guard try bytes.number(4, at: position) == 0x0201_4B50 else {
      throw Problem(reason: "its directory is damaged")
    }
    let flags = try bytes.number(2, at: position + 8)
    let method = try bytes.number(2, at: position + 10)
    let checksum = UInt32(try bytes.number(4, at: position + 16))
    var packed = try bytes.number(4, at: position + 20)
    var size = try bytes.number(4, at: position + 24)
    let nameLength = try bytes.number(2, at: position + 28)
    let extraLength = try bytes.number(2, at: position + 30)
    let commentLength = try bytes.number(2, at: position + 32)
    var local = try bytes.number(4, at: position + 42)
    let nameBytes = try bytes.slice(position + 46, nameLength)
    guard let name = String(bytes: nameBytes, encoding: .utf8) else {
      throw Problem(reason: "an entry's name is not UTF-8")
    }
    // Fields of zip64 stand in this order, each only if it did not fit above.
    var extra = position + 46 + nameLength
    let extraEnd = extra + extraLength
    while extra + 4 <= extraEnd {
      let (tag, length) = (try bytes.number(2, at: extra), try bytes.number(2, at: extra + 2))
      if tag == 1 {
        var field = extra + 4
        func next() throws(Problem) -> Int {
          guard field + 8 <= extra + 4 + length else {
            throw Problem(reason: "'\(name)': its zip64 sizes are cut off")
          }
          defer { field += 8 }
          return try bytes.number(8, at: field)
        }
        if size == 0xFFFF_FFFF { size = try next() }
        if packed == 0xFFFF_FFFF { packed = try next() }
        if local == 0xFFFF_FFFF { local = try next() }
      }
      extra += 4 + length
    }
    guard flags & 1 == 0 else { throw Problem(reason: "'\(name)' is encrypted") }
    guard method == 0 || method == 8 else {
      throw Problem(reason: "'\(name)' is packed by method \(method); stored or deflated is needed")
    }
    guard try bytes.number(4, at: local) == 0x0403_4B50 else {
      throw Problem(reason: "'\(name)' is not where the directory says")
    }
    let start =
      local + 30 + (try bytes.number(2, at: local + 26)) + (try bytes.number(2, at: local + 28))
    guard start <= bytes.data.count, packed <= bytes.data.count - start else {
      throw Problem(reason: "'\(name)' lies outside the file")
    }
    guard method == 8 || packed == size else {
      throw Problem(reason: "'\(name)' is stored in \(packed) bytes and said to have \(size)")
    }
    position = extraEnd + commentLength
    return Entry(
      name: name, isDeflated: method == 8, checksum: checksum, packed: start..<(start + packed),
      size: size)
  }

  /// An entry's bytes; those of a stored one are a slice of the file.
  func contents(of entry: Entry) throws(Problem) -> Data {
    let packed = slice(entry)
    let contents = entry.isDeflated ? Inflate.unpack(packed, size: entry.size) : packed
    guard let contents, Inflate.crc32(contents) == entry.checksum else {
      throw Problem(reason: "'\(entry.name)' is damaged")
    }
    return contents
  }

  /// The first bytes of an entry, which are not checked against its checksum.
  func prefix(of entry: Entry, _ count: Int) throws(Problem) -> Data {
    guard entry.isDeflated else { return slice(entry).prefix(count) }
    guard let contents = Inflate.unpack(slice(entry), size: entry.size, limit: count) else {
      throw Problem(reason: "'\(entry.name)' is damaged")
    }
    return contents
  }

  private func slice(_ entry: Entry) -> Data {
    data[(data.startIndex + entry.packed.lowerBound)..<(data.startIndex + entry.packed.upperBound)]
  }
}

/// Little-endian numbers at places of a file.
private struct ZipBytes {
  let data: Data

  func slice(_ position: Int, _ count: Int) throws(ZipArchive.Problem) -> Data {
    guard position >= 0, position <= data.count, count <= data.count - position else {
      throw .init(reason: "it is cut off")
    }
    let start = data.startIndex + position
    return data[start..<(start + count)]
  }

  /// - Throws: `Problem` also for a number that no file is long enough for.
  func number(_ width: Int, at position: Int) throws(ZipArchive.Problem) -> Int {
    let value = try slice(position, width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard value <= UInt64(Int32.max) << 16 else {
      throw .init(reason: "it states a size of \(value)")
    }
    return Int(value)
  }

  /// Where the record of the directory's end begins: the last one in the file whose comment ends with
  /// the file.
  var endOfDirectory: Int? {
    guard data.count >= 22 else { return nil }
    for position in stride(from: data.count - 22, through: max(0, data.count - 22 - 0xFFFF), by: -1)
    {
      let start = data.startIndex + position
      guard data[start] == 0x50, data[start + 1] == 0x4B, data[start + 2] == 5, data[start + 3] == 6
      else { continue }
      let comment = Int(data[start + 20]) | Int(data[start + 21]) << 8
      if position + 22 + comment == data.count { return position }
    }
    return nil
  }
}
