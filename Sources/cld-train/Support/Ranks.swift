import Cronos
import Foundation
import LinearAlgebra
import MessagePassing
import Synchronization

/// The ranks of which this process is one.
enum Ranks {
  private static let met = Mutex<(any RowCommunicator)?>(nil)

  /// The other ranks, whom the first call meets.
  /// - Throws: `LaunchError` where this build cannot work with others.
  static func join() throws(LaunchError) -> any RowCommunicator {
    try met.withLock { ranks throws(LaunchError) in
      if let ranks { return ranks }
      let joined = try Launch.communicator()
      ranks = joined
      return joined
    }
  }

  /// Meets the other ranks, if there are any, for a command that they can do together.
  /// - Throws: `LaunchError`, or `CommandError` for any other command.
  static func admit(_ command: Any) throws {
    guard Launch.ranks > 1 else { return }
    guard command is TrainCommand else {
      throw CommandError(
        .usage,
        "started as one of \(Launch.ranks) ranks: only train works on several; start it without "
          + "mpirun")
    }
    let ranks = try join()
    Threads.count = threads(of: ranks)
  }

  /// Of the processors that this rank may run on, its part: those that are bound to the same ones share them.
  private static func threads(of ranks: any RowCommunicator) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") } ?? ""
    let own = "\(ProcessInfo.processInfo.hostName) \(mask)"
    let sharing = ranks.texts(own).count { $0 == own }
    return max(1, ProcessInfo.processInfo.activeProcessorCount / max(sharing, 1))
  }

  /// Ends this rank for an error. One that all ranks know of is told by rank 0; one that only this rank met
  /// ends the others, too, who may be waiting for it.
  static func end(_ error: any Error, say: (_ message: String) -> Void) -> Never {
    guard let ranks = met.withLock({ $0 }), ranks.size > 1 else {
      // Each rank refuses the same; one says so.
      if Launch.rank == 0 { say(error.message) }
      exit(error.status.rawValue)
    }
    guard let failure = error as? RankFailure else {
      say("rank \(ranks.rank): \(error.message)")
      Launch.abort(status: error.status.rawValue)
      exit(error.status.rawValue)
    }
    let status = ranks.sum(Int(failure.underlying?.status.rawValue ?? 0))
    if ranks.isRoot {
      let message = failure.underlying?.message ?? failure.message
      say(failure.rank == 0 ? message : "rank \(failure.rank): \(message)")
    }
    Launch.finish()
    exit(ranks.isRoot ? Int32(status) : 0)
  }
}

extension Error {
  /// The exit status that stands for it.
  var status: ExitStatus { (self as? any StatusProviding)?.exitStatus ?? .internal }

  /// What is said about it in one line.
  fileprivate var message: String {
    self is any StatusProviding ? "\(self)" : "internal: \(self)"
  }
}
