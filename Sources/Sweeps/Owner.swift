import Foundation

/// A process that works on trials, so named that others can tell whether it still lives.
public struct Owner: Sendable, Equatable, CustomStringConvertible {
  /// Host and process-number space; processes of others cannot be seen from here.
  let machine: String
  let process: Int32
  /// When the process began, in the system's ticks: a number may be given again to another process.
  let start: String

  /// This process.
  public static let current = Owner(
    machine: here, process: getpid(), start: startTime(of: getpid()) ?? "0")

  private static let here: String = {
    let host = ProcessInfo.processInfo.hostName
    let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
    return host + (space.map { "/" + $0.filter(\.isNumber) } ?? "")
  }()

  public var description: String { "\(machine) \(process) \(start)" }

  init(machine: String, process: Int32, start: String) {
    (self.machine, self.process, self.start) = (machine, process, start)
  }

  /// Reads what `description` wrote.
  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 3, let process = Int32(parts[1]) else { return nil }
    self.init(machine: String(parts[0]), process: process, start: String(parts[2]))
  }

  /// Whether the process is known to have ended; false for one elsewhere.
  var isGone: Bool { machine == Self.here && Self.startTime(of: process) != start }

  /// Field 22 of /proc/PID/stat, after the name, which is in brackets and may have any character.
  private static func startTime(of process: Int32) -> String? {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    // A zombie has ended; only its parent has not asked yet.
    guard fields.count > 19, fields[0] != "Z" else { return nil }
    return String(fields[19])
  }
}
