import CLibFuzzer
import Foundation
import Interchange
import TensorFiles

/// Feeds libFuzzer's inputs to one reader, which the variable READER names. Errors are what a reader
/// owes to bad input; a crash, a hang or memory beyond libFuzzer's limit is a find.
@main
enum FuzzReaders {
  static func main() {
    guard Reader.current != nil else {
      let names = Reader.allCases.map(\.rawValue).joined(separator: ", ")
      try? FileHandle.standardError.write(contentsOf: Data("READER is one of \(names)\n".utf8))
      exit(64)
    }
    var count = CommandLine.argc
    var arguments = unsafe CommandLine.unsafeArgv
    unsafe withUnsafeMutablePointer(to: &arguments) { arguments in
      unsafe arguments.withMemoryRebound(
        to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1
      ) { arguments in
        let status = unsafe LLVMFuzzerRunDriver(&count, arguments) { bytes, size in
          let data = unsafe bytes.map { unsafe Data(bytes: $0, count: size) } ?? Data()
          try? Reader.current?.read(data)
          return 0
        }
        exit(status)
      }
    }
  }
}

enum Reader: String, CaseIterable {
  case pickle, npy, npz, safetensors

  static let current = ProcessInfo.processInfo.environment["READER"].flatMap(Reader.init)
  /// SafetensorsFile maps a file; this one is in memory where the system has such a folder.
  private static let file =
    (FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory())
    + "/fuzz-\(ProcessInfo.processInfo.processIdentifier).safetensors"

  /// Reads everything that the format has.
  func read(_ data: Data) throws {
    switch self {
    case .pickle:
      let object = try PickledObject(data: data, name: "input")
      for attribute in object.attributes.values {
        _ = attribute.summary
        if case .array(let array) = attribute { Self.readAll(array) }
      }
      _ = try JAXCLDModel(object).rows()
    case .npy:
      let file = try NPYFile(data: data, name: "input")
      if file.elementType == nil {
        _ = try file.strings()
      } else {
        Self.readAll(try file.numbers())
      }
    case .npz:
      let file = try NPZFile(data: data, name: "input")
      for name in file.names {
        _ = try? file.layout(name)
        if let array = try? file.array(name).numbers() { Self.readAll(array) }
      }
    case .safetensors:
      try data.write(to: URL(fileURLWithPath: Self.file))
      let file = try SafetensorsFile(path: Self.file)
      for name in file.names {
        _ = try? file.floats(name)
        _ = try? file.integers(name)
        _ = try? file.uint32s(name)
      }
    }
  }

  private static func readAll(_ array: NumericArray) {
    _ = try? array.floats("array")
    _ = try? array.doubles("array")
    _ = try? array.integers("array")
  }
}
