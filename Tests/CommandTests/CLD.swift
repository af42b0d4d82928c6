import Foundation
import TestFolders
import Testing

/// What a run of the built program left behind.
struct Outcome {
  let status: Int32
  /// Whether a signal ended it; `status` is then the signal's number.
  let wasKilled: Bool
  /// Standard output and standard error.
  let output, error: String

  /// The lines of standard output, without an empty last one.
  var outputLines: [String] { output.split(separator: "\n").map(String.init) }
}

struct NotBuilt: Error, CustomStringConvertible {
  let description = "no cld-train beside the tests; swift build --build-tests makes it"
}

/// `cld-train` as `swift build` made it, started as a process of its own.
final class CLD: Sendable {
  /// The program lies beside the test bundle.
  private static let executable: URL? = {
    let places = [
      Bundle.main.executableURL?.deletingLastPathComponent(), Bundle.main.bundleURL,
      Bundle.main.bundleURL.deletingLastPathComponent(),
      CommandLine.arguments.first.map {
        URL(fileURLWithPath: $0).deletingLastPathComponent()
      },
      packageFolder.appendingPathComponent(".build/debug"),
    ]
    return places.compactMap { $0?.appendingPathComponent("cld-train") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  /// The build with MPI, which `make test-mpi` names.
  static let withMPI = ProcessInfo.processInfo.environment["CLD_TRAIN_MPI"]

  private let process = Process()
  private let streams: TemporaryFolder

  /// Makes a process one of a user whom file permissions bind, where the tests run as root.
  private static let unprivileged =
    geteuid() == 0
    ? ["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : []

  /// Whether such a user may start the program: not if it lies below a folder of root alone.
  static let canBeUnprivileged: Bool = {
    guard let executable, let wrapper = unprivileged.first else { return executable != nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: wrapper)
    process.arguments = unprivileged.dropFirst() + ["/usr/bin/test", "-x", executable.path]
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// Starts the program, its standard output and error going to files: no pipe can fill up.
  /// - Parameters:
  ///   - fileLimit: no file may grow beyond so many KiB, as on a disk that is full.
  ///   - isUnprivileged: see `canBeUnprivileged`.
  ///   - input: its standard input; nothing by default.
  ///   - ranks: so many processes of the build with MPI, by mpirun.
  ///   - environment: what is set besides that of the tests.
  init(
    _ arguments: [String], in folder: String? = nil, fileLimit: Int? = nil,
    isUnprivileged: Bool = false, input: Pipe? = nil, ranks: Int? = nil,
    environment: [String: String] = [:]
  ) throws {
    streams = try TemporaryFolder()
    guard let executable = Self.executable else { throw NotBuilt() }
    process.executableURL = executable
    process.arguments = arguments
    if let fileLimit {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments =
        ["-c", "ulimit -f \(fileLimit); exec \"$0\" \"$@\"", executable.path] + arguments
    }
    if isUnprivileged, let wrapper = Self.unprivileged.first {
      process.executableURL = URL(fileURLWithPath: wrapper)
      process.arguments = Self.unprivileged.dropFirst() + [executable.path] + arguments
    }
    var variables = ["OPENBLAS_NUM_THREADS": "1"]
    if let ranks, let program = Self.withMPI {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["mpirun", "--oversubscribe", "-n", "\(ranks)", program] + arguments
      variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    // The tests run several processes at once.
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { _, new in new }
      .merging(environment) { _, new in new }
    if let input {
      process.standardInput = input
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: try file("out")))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: try file("err")))
    try process.run()
  }

  private func file(_ name: String) throws -> String { try streams.write(name, "".utf8) }

  /// What it has written to standard output so far.
  var outputSoFar: String {
    (try? String(contentsOfFile: streams.path + "/out", encoding: .utf8)) ?? ""
  }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// The processes that it started and that still run, by what /proc says.
  var children: [pid_t] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.filter { id in
      let fields =
        (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8))?
        .split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 1 && fields[0] != "Z" && pid_t(fields[1]) == process.processIdentifier
    }
  }

  /// Waits for the end; a process that takes longer than `limit`, many times what it needs on a busy machine, hangs:
  /// it is killed, and the test fails.
  func outcome(within limit: Duration = .seconds(300)) async throws -> Outcome {
    let start = ContinuousClock.now
    while process.isRunning {
      if ContinuousClock.now - start > limit {
        send(SIGKILL)
        Issue.record("\(process.arguments ?? []) took longer than \(limit)")
        process.waitUntilExit()
        break
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    func text(_ name: String) throws -> String {
      String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: streams.path + "/" + name)),
        as: UTF8.self)
    }
    return Outcome(
      status: process.terminationStatus,
      wasKilled: process.terminationReason == .uncaughtSignal, output: try text("out"),
      error: try text("err"))
  }
}

/// Runs `cld-train` to its end.
func cld(_ arguments: String..., in folder: String? = nil) async throws -> Outcome {
  try await cld(arguments, in: folder)
}

/// Runs `cld-train` to its end.
func cld(_ arguments: [String], in folder: String? = nil) async throws -> Outcome {
  await Turnstile.shared.enter()
  do {
    let outcome = try await CLD(arguments, in: folder).outcome()
    await Turnstile.shared.leave()
    return outcome
  } catch {
    await Turnstile.shared.leave()
    throw error
  }
}

/// Lets a few processes run at a time, however many tests do: else each waits for all the others,
/// and the time limits measure the number of tests.
actor Turnstile {
  static let shared = Turnstile(places: 3)

  private var places: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(places: Int) { self.places = places }

  func enter() async {
    if places > 0 {
      places -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func leave() {
    if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
  }
}

/// Expects status 0.
@discardableResult
func expectSuccess(
  _ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Outcome {
  try #require(
    outcome.status == 0 && !outcome.wasKilled, "status \(outcome.status): \(outcome.error)",
    sourceLocation: sourceLocation)
  return outcome
}

/// Expects a refusal: the status, nothing on standard output, and on standard error one line with
/// the words.
func expectRefusal(
  _ outcome: Outcome, _ status: Int32, naming words: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.status == status, "\(outcome.error)", sourceLocation: sourceLocation)
  #expect(!outcome.wasKilled, sourceLocation: sourceLocation)
  #expect(outcome.output == "", sourceLocation: sourceLocation)
  let lines = outcome.error.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(
    lines.count == 2 && lines.last == "", "not one line: \(outcome.error)",
    sourceLocation: sourceLocation)
  #expect(
    outcome.error.hasPrefix("cld-train: error: "), "\(outcome.error)",
    sourceLocation: sourceLocation)
  for word in words {
    #expect(
      outcome.error.contains(word), "no '\(word)' in \(outcome.error)",
      sourceLocation: sourceLocation)
  }
}
